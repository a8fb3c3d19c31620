package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

var errMoreURLs = errors.New("--as takes one URL")

// call is what a tool says when it asks for a URL.
type call struct {
	args  []string
	stdin string
	env   map[string]string
}

// questions are the calls of each protocol, by its word. A tool whose protocol names no host is given none.
var questions = map[string]func(url string, t route.Target) call{
	"git": func(_ string, t route.Target) call {
		host, _, _ := strings.Cut(strings.TrimPrefix(t.String(), t.Scheme+"://"), "/")
		return call{args: []string{"get"}, stdin: "capability[]=authtype\ncapability[]=state\nprotocol=" + t.Scheme + "\nhost=" + host + "\npath=" + strings.TrimPrefix(t.Path, "/") + "\n\n"}
	},
	"docker": func(url string, _ route.Target) call {
		return call{args: []string{"get"}, stdin: strings.TrimPrefix(url, "https://")}
	},
	"kubernetes": func(url string, _ route.Target) call {
		return call{env: map[string]string{"KUBERNETES_EXEC_INFO": `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true,"cluster":{"server":` + quoteJSON(url) + `}}}`}}
	},
	"kubelet": func(url string, _ route.Target) call {
		return call{stdin: `{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest","image":` + quoteJSON(strings.TrimPrefix(url, "https://")) + `}`}
	},
	"goauth": func(url string, _ route.Target) call { return call{args: []string{url}, stdin: "\n"} },
	"bazel": func(url string, _ route.Target) call {
		return call{args: []string{"get"}, stdin: `{"uri":` + quoteJSON(url) + `}`}
	},
	"cargo": func(url string, _ route.Target) call {
		return call{args: []string{"--cargo-plugin"}, stdin: `{"v":1,"registry":{"index-url":` + quoteJSON("sparse+"+url) + `},"kind":"get","operation":"read"}` + "\n"}
	},
	"terraform": func(_ string, t route.Target) call {
		host, _, _ := strings.Cut(strings.TrimPrefix(t.String(), t.Scheme+"://"), "/")
		return call{args: []string{"get", host}}
	},
	"keyring": func(url string, _ route.Target) call { return call{args: []string{"get", url, "oauth2"}} },
	"vault": func(url string, _ route.Target) call {
		return call{args: []string{"get"}, env: map[string]string{"VAULT_ADDR": url, "BAO_ADDR": ""}}
	},
	"headers": func(url string, _ route.Target) call {
		return call{env: map[string]string{"CLAUDE_CODE_MCP_SERVER_URL": url}}
	},
	"aws": nil, "google": nil, "raw": nil,
}

// tools are programs that speak a protocol of another name.
var tools = map[string]string{
	"kubectl": "kubernetes", "helm": "kubernetes", "podman": "docker", "crane": "docker", "go": "goauth", "tofu": "terraform", "pip": "keyring",
	"uv": "keyring", "bao": "vault", "claude": "headers", "codex": "raw", "pnpm": "raw",
}

// callers are the words for --as.
func callers() []string {
	words := slices.AppendSeq(slices.Collect(maps.Keys(questions)), maps.Keys(tools))
	slices.Sort(words)
	return words
}

func quoteJSON(s string) string {
	data, _ := json.Marshal(s) // of a string, which cannot fail
	return string(data)
}

// callOf is what a caller says. The error is a usageError.
func callOf(caller, url string) (call, error) {
	say, known := questions[caller]
	if !known {
		return call{}, usageError{fmt.Errorf("--as %q: not one of %s%s", caller, strings.Join(callers(), ", "), orSimilar(caller, callers()))}
	}
	if say == nil {
		return call{}, nil
	}
	if url == "" {
		return call{}, usageError{fmt.Errorf("--as %s wants a URL, such as https://git.corp.example", caller)}
	}
	url = withScheme(url)
	t, err := route.ParseURL(url)
	if err != nil {
		return call{}, usageError{fmt.Errorf("--as %s: %w", caller, err)}
	}
	return say(url, t), nil
}

// withScheme lets people leave https out.
func withScheme(url string) string {
	if !strings.Contains(url, "://") {
		return "https://" + url
	}
	return url
}
