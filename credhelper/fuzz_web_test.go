package credhelper_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fobkit/fob/credhelper"
)

// webChecks are those of the protocols that ask for one URL: each asks for it, and reports whether the token was printed.
var webChecks = map[string]func(t *testing.T, url string) bool{
	"goauth":  func(t *testing.T, url string) bool { return checkGoauth(t, url, "HTTP/1.1 404 Not Found\n\n") },
	"headers": checkHeaders,
	"bazel": func(t *testing.T, url string) bool {
		uri, _ := json.Marshal(url)
		return checkBazel(t, `{"uri":"https://evil.example","uri":`+string(uri)+`}`)
	},
	"cargo": func(t *testing.T, url string) bool {
		index, _ := json.Marshal("sparse+" + url)
		return checkCargo(t, `{"v":1,"kind":"get","registry":{"index-url":"https://evil.example","index-url":`+string(index)+`}}`)
	},
	"kubelet": func(t *testing.T, url string) bool {
		return checkKubelet(t, imageRequest(strings.TrimPrefix(url, "https://")+"/app"))
	},
	"keyring":   func(t *testing.T, url string) bool { return checkKeyring(t, "get\t"+url) },
	"vault":     checkVault,
	"terraform": func(t *testing.T, url string) bool { return checkTerraform(t, strings.TrimPrefix(url, "https://")) },
}

// mustBeOurs fails if a token was printed for a URL that net/url takes for another host's. It refuses more paths than tools write.
func mustBeOurs(t *testing.T, url string) {
	t.Helper()
	scheme, rest, _ := strings.Cut(url, "://")
	if !strings.EqualFold(scheme, "https") || !isOurURL("https://"+rest[:strings.IndexAny(rest+"/", "/?")]) || strings.Contains(url, "#") {
		t.Errorf("a token for %q", url)
	}
}

func checkGoauth(t *testing.T, url, head string) bool {
	t.Helper()
	r := serve(oneHost{}, head, nil, "fob", "goauth", url)
	lines := strings.Split(r.stdout.String(), "\n")
	if r.stdout.Len() == 0 {
		return false
	}
	mustBeOurs(t, url)
	if len(lines) != 5 || lines[1] != "" || lines[2] != "Authorization: Bearer "+canary || lines[3]+lines[4] != "" {
		t.Errorf("an answer of %d lines, want a URL, a header and two that are empty", len(lines))
	}
	mustBeOurs(t, lines[0])
	if !strings.HasPrefix(url, lines[0]) && !strings.HasPrefix(url+"/", lines[0]) && !strings.Contains(url, "//") {
		t.Errorf("%q is told %q", url, lines[0])
	}
	return true
}

func checkHeaders(t *testing.T, url string) bool {
	t.Helper()
	r := serve(oneHost{}, "", map[string]string{"CLAUDE_CODE_MCP_SERVER_URL": url}, "fob", "headers")
	if r.stdout.Len() == 0 {
		return false
	}
	mustBeOurs(t, url)
	return true
}

func checkBazel(t *testing.T, data string) bool {
	t.Helper()
	r := serve(oneHost{}, data, nil, "fob", "bazel", "get")
	if r.stdout.Len()+r.stderr.Len() > 60<<10 {
		t.Errorf("%d bytes: more than a pipe holds", r.stdout.Len()+r.stderr.Len())
	}
	if !strings.Contains(r.stdout.String(), canary) {
		return false
	}
	uri, _ := unmarshal(t, data)["uri"].(string)
	mustBeOurs(t, uri)
	return true
}

func checkTerraform(t *testing.T, host string) bool {
	t.Helper()
	r := serve(oneHost{}, "", nil, "fob", "terraform", "get", host)
	if r.code != 0 && (r.stdout.Len() != 0 || r.stderr.Len() == 0) {
		t.Errorf("%q: a failure that says %d bytes and %q", host, r.stdout.Len(), r.stderr.String())
	}
	if !strings.Contains(r.stdout.String(), canary) {
		return false
	}
	if !isOurHost(host) {
		t.Errorf("a token for %q", host)
	}
	return true
}

// checkCargo holds the answers against the requests, line for line.
func checkCargo(t *testing.T, data string) (printed bool) {
	t.Helper()
	r := serve(oneHost{}, data, nil, "fob", "cargo", "--cargo-plugin")
	answers := strings.Split(strings.TrimSuffix(r.stdout.String(), "\n"), "\n")[1:]
	requests := strings.Split(strings.TrimSuffix(data, "\n"), "\n")
	if data == "" {
		requests = nil
	}
	if r.code != 0 || len(answers) != len(requests) {
		t.Fatalf("exit status %d with %d answers to %d requests", r.code, len(answers), len(requests))
	}
	for i, answer := range answers {
		if !json.Valid([]byte(answer)) {
			t.Error("an answer that is no JSON")
		}
		if !strings.Contains(answer, canary) {
			continue
		}
		registry, _ := unmarshal(t, requests[i])["registry"].(map[string]any)
		index, _ := registry["index-url"].(string)
		mustBeOurs(t, strings.TrimPrefix(strings.TrimPrefix(index, "sparse+"), "registry+"))
		printed = true
	}
	return printed
}

// unmarshal reads an object into a map: into a struct, encoding/json takes members whose names differ in case.
func unmarshal(t *testing.T, data string) (v map[string]any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(data))
	dec.UseNumber() // 1e999 is JSON
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("an answer to what is no JSON: %v", err)
	}
	return v
}

func FuzzGoauth(f *testing.F) {
	for _, head := range seeds(f, "goauth") {
		f.Add(goURL+"?go-get=1", head)
	}
	f.Fuzz(func(t *testing.T, url, head string) { checkGoauth(t, url, head) })
}

func FuzzBazel(f *testing.F)   { fuzz(f, "bazel", checkBazel) }
func FuzzCargo(f *testing.F)   { fuzz(f, "cargo", checkCargo) }
func FuzzHeaders(f *testing.F) { fuzz(f, "headers", checkHeaders) }

func FuzzTerraform(f *testing.F) {
	for _, host := range []string{"git.example.com", "git.example.com:443", "xn--bcher-kva.example", "[::1]:8443"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) { checkTerraform(t, host) })
}

func FuzzTerraformStore(f *testing.F) {
	for _, s := range seeds(f, "terraform") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		h := new(keeper)
		r := serve(h, data, nil, "fob", "terraform", "store", "git.example.com")
		if (r.code == 0) != (h.did == "store") || h.did == "store" && h.used.Secret == "" || r.stdout.Len() != 0 || r.code != 0 && r.stderr.Len() == 0 {
			t.Errorf("exit status %d, handler told %q, %d bytes of answer", r.code, h.did, r.stdout.Len())
		}
	})
}

// FuzzCargoLogin asks whatever is fuzzed of a Handler that keeps.
func FuzzCargoLogin(f *testing.F) {
	for _, s := range seeds(f, "cargo") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		h := new(keeper)
		serve(h, data, nil, "fob", "cargo", "--cargo-plugin")
		if h.did == "store" && (h.used.Secret == "" || h.req.Host == "" || h.used.Form != credhelper.Password) {
			t.Errorf("kept a secret of %d bytes for %q", len(h.used.Secret), h.req.Server)
		}
	})
}
