// Package fronttest holds every front-end to the promise that matters most: a token goes nowhere but to its profile's hosts.
package fronttest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// Hosts are those of the profile whose token is asked for; it allows no front-end that names no host.
var Hosts = []string{"git.corp.example/team", "registry.corp.example", "*.k8s.corp.example:6443", "http://127.0.0.1:5000"}

// Place is where a tool says that the token will go, as it says it.
type Place struct{ Scheme, Host, Port, Path string }

// Call is how a tool asks.
type Call struct {
	Args  []string
	Env   map[string]string
	Stdin string
}

// Getenv looks a variable of c up.
func (c Call) Getenv(name string) string { return c.Env[name] }

// Calls are the front-ends, and how each is asked for a place.
var Calls = map[string]func(Place) Call{
	"git": func(p Place) Call {
		return Call{Args: []string{"git", "get"}, Stdin: fmt.Sprintf("protocol=%s\nhost=%s\npath=%s\n\n", p.Scheme, p.authority(), p.Path)}
	},
	"docker": func(p Place) Call {
		return Call{Args: []string{"docker", "get"}, Stdin: URL(p)}
	},
	"goauth": func(p Place) Call {
		return Call{Args: []string{"goauth", URL(p)}, Stdin: "HTTP/1.1 404 Not Found\n\n"}
	},
	"bazel": func(p Place) Call {
		uri, _ := json.Marshal(URL(p))
		return Call{Args: []string{"bazel", "get"}, Stdin: `{"uri":` + string(uri) + `}`}
	},
	"cargo": func(p Place) Call {
		index, _ := json.Marshal("sparse+" + URL(p))
		return Call{Args: []string{"cargo", "--cargo-plugin"}, Stdin: `{"v":1,"kind":"get","operation":"read","registry":{"index-url":` + string(index) + `}}`}
	},
	"terraform": func(p Place) Call {
		host := p.authority() // that is all it can name
		if p.Scheme != "https" {
			host = URL(p)
		}
		return Call{Args: []string{"terraform", "get", host}}
	},
	"headers": func(p Place) Call {
		return Call{Args: []string{"headers"}, Env: map[string]string{"CLAUDE_CODE_MCP_SERVER_URL": URL(p)}}
	},
	"kubernetes": func(p Place) Call {
		cluster, _ := json.Marshal(map[string]string{"server": URL(p)})
		info := `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":` + string(cluster) + `}}`
		return Call{Args: []string{"kubernetes"}, Env: map[string]string{"KUBERNETES_EXEC_INFO": info}}
	},
	"kubelet": func(p Place) Call {
		if p.Scheme == "https" && p.Host != "127.0.0.1" {
			p.Scheme = "" // an image has none, and is refused with one
		}
		image, _ := json.Marshal(URL(p))
		return Call{Args: []string{"kubelet"}, Stdin: `{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest","image":` + string(image) + `}`}
	},
	"keyring": func(p Place) Call {
		return Call{Args: []string{"keyring", "get", URL(p), "ann"}}
	},
	"vault": func(p Place) Call {
		path := p.Path
		p.Path = ""
		return Call{Args: []string{"vault", "get"}, Env: map[string]string{"VAULT_ADDR": URL(p), "VAULT_NAMESPACE": path}}
	},
}

const rounds = 20_000

// NeverOutside asks for token at many places, most of them close to Hosts, of whatever front-end call is for, and fails if ask's
// output holds the token of a place outside of Hosts; or if it hardly ever does for one inside, since then nothing was tested.
func NeverOutside(t *testing.T, token string, call func(Place) Call, ask func(Call) (output string)) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 2026))
	printed := 0
	for range rounds {
		p := anyPlace(r)
		c := call(p)
		if !strings.Contains(ask(c), token) {
			continue
		}
		if printed++; !p.inside(c) {
			t.Errorf("printed the token for %+q", p)
		}
	}
	if printed < rounds/100 {
		t.Errorf("the token was printed %d times in %d rounds: the places inside were not among them", printed, rounds)
	}
}

func (p Place) authority() string {
	if p.Port == "" {
		return p.Host
	}
	return p.Host + ":" + p.Port
}

// URL is p as one text.
func URL(p Place) string {
	s := p.authority()
	if p.Scheme != "" {
		s = p.Scheme + "://" + s
	}
	if p.Path != "" {
		s += "/" + p.Path
	}
	return s
}

// inside is the promise in the words of net/url, which the code under test does not use. A path counts where Hosts has one.
func (p Place) inside(c Call) bool {
	bare := p.Scheme == "" // as docker names hosts
	if bare {
		p.Scheme = "https"
	}
	rest := strings.TrimPrefix(URL(p), p.Scheme+"://")
	end := strings.IndexAny(rest+"/", "/?#")
	u, err := url.Parse(p.Scheme + "://" + rest[:end])
	if err != nil || u.User != nil {
		return false
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	switch host {
	case "git.corp.example":
		return u.Scheme == "https" && (port == "" || port == "443") && inTeam(rest[end:], c)
	case "registry.corp.example":
		return u.Scheme == "https" && (port == "" || port == "443")
	case "127.0.0.1":
		return (u.Scheme == "http" || bare) && port == "5000"
	}
	label, ok := strings.CutSuffix(host, ".k8s.corp.example")
	return ok && label != "" && !strings.Contains(label, ".") && u.Scheme == "https" && port == "6443"
}

// inTeam knows that git names paths decoded, and that git and Vault take off the slashes that lead one.
func inTeam(path string, c Call) bool {
	git := strings.HasPrefix(c.Stdin, "protocol=")
	if !git {
		path, _, _ = strings.Cut(path, "#")
		path, _, _ = strings.Cut(path, "?")
		var err error
		if path, err = url.PathUnescape(path); err != nil {
			return false
		}
	}
	path += "/"
	if git || c.Env["VAULT_ADDR"] != "" {
		path = "/" + strings.TrimLeft(path, "/")
	}
	return strings.HasPrefix(path, "/team/") && !strings.Contains(path, "/../")
}

var (
	schemes = []string{"https", "https", "HTTPS", "http", "", "ftp", "ssh", "https:", "http://https"}
	hosts   = []string{
		"git.corp.example", "registry.corp.example", "blue.k8s.corp.example", "127.0.0.1", "GIT.corp.Example", "k8s.corp.example", "a.b.k8s.corp.example",
		".k8s.corp.example", "corp.example", "evil.example", "git.corp.example.evil.example", "evilgit.corp.example", "localhost", "127.0.0.2", "127.1",
		"2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "git.corp.example.", "ann@git.corp.example", "git.corp.example@evil.example", "git.corp.exampl\u0435",
	}
	ports  = []string{"", "443", "6443", "5000", "80", "8443", "0443", "65979", "-1", "443/", " 443"}
	paths  = []string{"", "team", "team/repo.git", "other", "team/../other", "team/./x", "teams/x", "tea%6d", "%74eam/x", "team%2f..%2fother", "team/%2e%2e/other", "/team", `team\..\other`, "team;x/..;/other", "%2574eam", "?x", "#x"}
	pieces = []string{".", "..", "@", ":", "/", "\\", "%", "%00", "%2e", "#", "?", "*", "*.", "-", "\x00", "\r", "\t", " ", "evil.example", "/evil.example", ".evil.example", "@evil.example", "é", "\u3002", "\u202e"}
)

func anyPlace(r *rand.Rand) Place {
	return Place{pick(r, schemes), bend(r, pick(r, hosts)), pick(r, ports), bend(r, pick(r, paths))}
}

// pick prefers the first of from, among which are the places inside.
func pick(r *rand.Rand, from []string) string {
	if r.IntN(2) == 0 {
		return from[r.IntN(min(4, len(from)))]
	}
	return from[r.IntN(len(from))]
}

// bend puts something into one s in three, or takes a byte out of it.
func bend(r *rand.Rand, s string) string {
	at := r.IntN(len(s) + 1)
	switch r.IntN(6) {
	case 0:
		return s[:at] + pick(r, pieces) + s[at:]
	case 1:
		return s[:at] + s[min(at+1, len(s)):]
	}
	return s
}
