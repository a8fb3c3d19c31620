package e2e

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"path/filepath"
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

func TestGitCommandAfterARevokedTokenSucceeds(t *testing.T) {
	w := newGitWorld(t)
	w.git(t, "ls-remote", w.url)
	w.provider.revoke(t, w.client)
	if r := w.try(t, "", "git", "ls-remote", w.url); r.err == nil {
		t.Error("git succeeded with a revoked token")
	}
	w.git(t, "ls-remote", w.url)
	if n := w.provider.requests(t, "/token"); n != 2 {
		t.Errorf("one revocation: %d token requests, want 2", n)
	}
}

// gitWorld is a private repository, and a machine whose git knows no credential but fob's.
type gitWorld struct {
	*machine
	provider *provider
	client   client
	url      string
}

func newGitWorld(t *testing.T) gitWorld {
	t.Helper()
	a, c := newAuthority(t), machineClient("git client", "client_secret_basic")
	p := startProvider(t, a, c)
	repo := startGitServer(t, a, p)
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
	return gitWorld{m, p, c, repo}
}

// commit adds a file of size random bytes, which no compression makes smaller.
func (w gitWorld) commit(t *testing.T, repo, name string, size int) {
	t.Helper()
	data := make([]byte, size)
	rand.Read(data)
	writeFile(t, filepath.Join(w.home, repo, name), data)
	w.git(t, "-C", repo, "add", name)
	w.git(t, "-C", repo, "-c", "user.name=alice", "-c", "user.email=alice@example.com", "commit", "--quiet", "--message", name)
}

func (w gitWorld) git(t *testing.T, args ...string) string {
	t.Helper()
	return w.run(t, "", "git", args...)
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
