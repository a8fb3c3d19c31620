package e2e

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
)

func TestGitClonesPushesAndFetches(t *testing.T) {
	w := newGitWorld(t)
	w.git(t, "clone", "--quiet", w.url, "work")
	w.commit(t, "work", "large", 3<<20)
	w.git(t, "-C", "work", "push", "--quiet", "origin", "HEAD:main")
	w.git(t, "clone", "--quiet", w.url, "other")
	w.commit(t, "work", "small", 1)
	w.git(t, "-C", "work", "push", "--quiet", "origin", "HEAD:main")
	w.git(t, "-C", "other", "fetch", "--quiet")

	got, want := w.git(t, "-C", "other", "rev-parse", "origin/main"), w.git(t, "-C", "work", "rev-parse", "HEAD")
	if got != want {
		t.Errorf("fetched %q, want %q", got, want)
	}
	if n := w.provider.requests(t, "/token"); n != 1 {
		t.Errorf("five git commands cost %d token requests, want 1", n)
	}
}

// gitWorld is a private repository, and a machine whose git knows no credential but fob's.
type gitWorld struct {
	*machine
	provider *provider
	client   client
	url      string

	revokeAtPost *atomic.Bool // the token is revoked when the next POST comes, once
}

func newGitWorld(t *testing.T) gitWorld { t.Helper(); return newGitWorldAsking(t, askForToken) }

// newGitWorldAsking has a server that answers with ask whoever brings no good token.
func newGitWorldAsking(t *testing.T, ask http.HandlerFunc) gitWorld {
	t.Helper()
	a, c := newAuthority(t), machineClient("git client", "client_secret_basic")
	p := startProvider(t, a, c)
	private, revoke := p.guard(newGitBackend(t), ask), new(atomic.Bool)
	repo := a.serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && revoke.Swap(false) {
			p.revoke(t, c)
		}
		private.ServeHTTP(w, req)
	})).URL + privateRepo
	m := newMachine(t, a, fmt.Sprintf(`
[profile.git]
issuer = %q
client_id = %q
client_secret = { env = "CLIENT_SECRET" }
scopes = ["code"]
hosts = [%q]
username = "oauth2"
`, p.issuer, c.ID, hostOf(t, repo)))
	m.useGit(t, a)
	return gitWorld{m, p, c, repo, revoke}
}

// commit adds a file of size random bytes, which no compression makes smaller.
func (m *machine) commit(t *testing.T, repo, name string, size int) {
	t.Helper()
	data := make([]byte, size)
	rand.Read(data)
	writeFile(t, filepath.Join(m.home, repo, name), data)
	m.git(t, "-C", repo, "add", name)
	m.git(t, "-C", repo, "-c", "user.name=alice", "-c", "user.email=alice@example.com", "commit", "--quiet", "--message", name)
}

func (m *machine) git(t *testing.T, args ...string) string {
	t.Helper()
	return m.run(t, "", "git", args...)
}

// hostOf is the host and port of a URL.
func hostOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
