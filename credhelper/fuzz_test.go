package credhelper_test

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fobkit/fob/credhelper"
)

// The property: a Handler that knows one origin never has its token printed for another, whatever the request. What the
// request asks for is read here a second time, by other means.

// oneHost knows https://git.example.com and nothing else.
type oneHost struct{}

func (oneHost) Credential(_ context.Context, req credhelper.Request) (credhelper.Credential, error) {
	if req.Origin() != "https://git.example.com" {
		return credhelper.Credential{}, credhelper.ErrNotFound
	}
	return credhelper.Credential{Secret: canary}, nil
}

func isOurHost(host string) bool {
	host = strings.ToLower(host)
	return host == "git.example.com" || host == "git.example.com:443"
}

// isOurURL reads raw as net/url does.
func isOurURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && strings.EqualFold(u.Scheme, "https") && u.User == nil && isOurHost(u.Host)
}

// checkGit and its like report whether the token was printed.
func checkGit(t *testing.T, data string) bool {
	t.Helper()
	r := serve(oneHost{}, data, nil, "fob", "git", "get")
	if r.stdout.Len() == 0 {
		return false
	}
	for line := range strings.SplitSeq(strings.TrimPrefix(data, "\ufeff"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			break
		}
		if host, ok := strings.CutPrefix(line, "host="); ok && host != "" && !isOurHost(host) {
			t.Errorf("a token for a request with the host %q", host)
		}
		if protocol, ok := strings.CutPrefix(line, "protocol="); ok && protocol != "" && !strings.EqualFold(protocol, "https") {
			t.Errorf("a token for a request with the protocol %q", protocol)
		}
	}
	if !strings.Contains(strings.ToLower(data), "host=git.example.com") {
		t.Error("a token for a request that never names its host")
	}
	if strings.Contains(r.stdout.String(), "\r") || strings.Count(r.stdout.String(), "\n") > 5 {
		t.Error("an answer with lines of the asker's making")
	}
	return true
}

func checkDocker(t *testing.T, data string) bool {
	t.Helper()
	r := serve(oneHost{}, data, nil, "fob", "docker", "get")
	if !strings.Contains(r.stdout.String(), canary) {
		return false
	}
	server := strings.TrimSpace(strings.TrimPrefix(data, "\ufeff"))
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	host, _, _ := strings.Cut(server[strings.Index(server, "://")+3:], "/") // net/url refuses more paths than docker does
	if !isOurURL("https://"+host) || !strings.EqualFold(server[:8], "https://") {
		t.Errorf("a token for %q", server)
	}
	var answer struct{ ServerURL, Username, Secret string }
	if err := json.Unmarshal(r.stdout.Bytes(), &answer); err != nil || answer.Secret != canary {
		t.Errorf("an answer of %d bytes that does not hold the secret: %v", r.stdout.Len(), err)
	}
	return true
}

func checkKubernetes(t *testing.T, data string) bool {
	t.Helper()
	r := serve(oneHost{}, "", map[string]string{"KUBERNETES_EXEC_INFO": data}, "fob", "kubernetes")
	if r.stdout.Len() == 0 {
		return false
	}
	var asked, answer map[string]any
	dec := json.NewDecoder(strings.NewReader(data))
	dec.UseNumber() // 1e999 is JSON
	if err := dec.Decode(&asked); err != nil {
		t.Fatalf("an answer to what is no JSON: %v", err)
	}
	spec, _ := asked["spec"].(map[string]any)
	cluster, _ := spec["cluster"].(map[string]any)
	server, _ := cluster["server"].(string)
	scheme, rest, _ := strings.Cut(server, "://")
	host, _, _ := strings.Cut(rest, "/")
	if !isOurURL("https://"+host) || !strings.EqualFold(scheme, "https") {
		t.Errorf("a token for %q", server)
	}
	if err := json.Unmarshal(r.stdout.Bytes(), &answer); err != nil || answer["apiVersion"] != asked["apiVersion"] {
		t.Errorf("apiVersion %v in answer to %v", answer["apiVersion"], asked["apiVersion"])
	}
	return true
}

// seeds are the requests in testdata.
func seeds(t testing.TB, protocol string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", protocol, "*.in"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no seeds for %s: %v", protocol, err)
	}
	var all []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data), strings.ReplaceAll(string(data), "registry.example.com", "git.example.com"), strings.ReplaceAll(string(data), "k8s.example.com:6443", "git.example.com"))
	}
	return all
}

func fuzz(f *testing.F, protocol string, check func(*testing.T, string) bool) {
	for _, s := range seeds(f, protocol) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) { check(t, data) })
}

func FuzzGit(f *testing.F)        { fuzz(f, "git", checkGit) }
func FuzzDocker(f *testing.F)     { fuzz(f, "docker", checkDocker) }
func FuzzKubernetes(f *testing.F) { fuzz(f, "kubernetes", checkKubernetes) }

func FuzzGitStore(f *testing.F) {
	for _, s := range seeds(f, "git") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		for _, verb := range []string{"store", "erase"} {
			if r := serve(new(keeper), data, nil, "fob", "git", verb); r.stdout.Len() != 0 {
				t.Errorf("%s prints %d bytes", verb, r.stdout.Len())
			}
		}
	})
}

// FuzzGitKeeps: what git says by store and is given back, it would say again.
func FuzzGitKeeps(f *testing.F) {
	for _, s := range seeds(f, "git") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		said := new(keeper)
		serve(said, data, nil, "fob", "git", "store")
		want := said.used
		if said.did != "store" || want.Secret == "" && want.Refresh != "" { // an empty password does not outlive a refresh token
			return
		}
		const place = "capability[]=authtype\nprotocol=https\nhost=a.example\n"
		given := serve(&keeper{cred: want}, place, nil, "fob", "git", "get")
		again := new(keeper)
		serve(again, given.stdout.String()+place, nil, "fob", "git", "store")
		if want.Mark, want.Ephemeral = "", false; given.code != 0 || again.used != want {
			t.Errorf("git said %+v, and would now say %+v (exit status %d)", want, again.used, given.code)
		}
	})
}

func FuzzDockerStore(f *testing.F) {
	for _, s := range seeds(f, "docker") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		h := new(keeper)
		r := serve(h, data, nil, "fob", "docker", "store")
		if (r.code == 0) != (h.did == "store") || h.did == "store" && (h.req.Host == "" || h.used.Username == "") {
			t.Errorf("exit status %d, handler told %q for %s", r.code, h.did, h.req)
		}
	})
}

// TestTokenStaysWithItsHost splices pieces of requests and attacks in every protocol.
func TestTokenStaysWithItsHost(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	hosts := []string{
		"git.example.com", "GIT.EXAMPLE.COM", "git.example.com:443", "git.example.com:444", "evil.example", "git.example.com.", "x.git.example.com", "git.example.comm", "git.example.com@evil.example",
		"evil.example@git.example.com", "git.example.com:443@evil.example", "git.example.com/", `git.example.com\evil.example`, "git.example.com#", "git.example.com?", "git.example.com%2eevil.example",
		"git.example.com\x00", "git.example.com\r", "git.example.com ", "gıt.example.com", "git.example.com:0443", "[git.example.com]", "", "git.example.com:65979",
	}
	pick := func(from ...string) string { return from[rnd.IntN(len(from))] }
	printed := make(map[string]int)
	count := func(protocol string, yes bool) {
		if yes {
			printed[protocol]++
		}
	}
	for range 5_000 {
		var block strings.Builder
		block.WriteString(pick("", "protocol=https\n", "protocol=https\nhost=git.example.com\n"))
		for range rnd.IntN(5) + 1 {
			block.WriteString(pick("protocol=https", "protocol=http", "protocol=", "host="+pick(hosts...), "host="+pick(hosts...), "url=https://"+pick(hosts...), "path=a/b", "username=a", "capability[]=authtype", ""))
			block.WriteString(pick("\n", "\n", "\n", "\r\n", "\r", ""))
		}
		count("git", checkGit(t, block.String()))
		server := pick("", "https://", "http://", "HTTPS://", "//", "https:/", "ssh://") + pick(hosts...) + pick("", "/", "/v2/", "/@evil.example", "@evil.example")
		count("docker", checkDocker(t, server))
		for protocol, check := range webChecks {
			count(protocol, check(t, server))
		}
		quoted, _ := json.Marshal(server)
		count("kubernetes", checkKubernetes(t, `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":"https://evil.example","server":`+string(quoted)+`}}}`))
	}
	for _, protocol := range append([]string{"git", "docker", "kubernetes"}, slices.Collect(maps.Keys(webChecks))...) {
		if printed[protocol] < 20 {
			t.Errorf("%s printed its token to %d of 5,000 requests: the others prove little", protocol, printed[protocol])
		}
	}
}
