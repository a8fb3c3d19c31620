package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
)

func TestGitSubmoduleIsServedByItsOwnProfile(t *testing.T) {
	for name, sameHost := range map[string]bool{"two hosts": false, "two paths of one host": true} {
		t.Run(name, func(t *testing.T) {
			a, one, two := newAuthority(t), machineClient("outer", "client_secret_basic"), machineClient("inner", "client_secret_basic")
			p := startProvider(t, a, one, two)
			outer, inner := http.StripPrefix("/outer", newGitBackend(t)), http.StripPrefix("/inner", newGitBackend(t))
			mux := http.NewServeMux()
			mux.Handle("/outer/", p.guard(outer, askForToken))
			mux.Handle("/inner/", p.guard(inner, askForToken))
			first, second := a.serve(t, mux).URL, a.serve(t, mux).URL
			if sameHost {
				second = first
			}
			m := newMachine(t, a, gitProfile(p, one, hostOf(t, first)+"/outer")+gitProfile(p, two, hostOf(t, second)+"/inner"))
			m.useGit(t, a)
			m.git(t, "config", "--global", "credential.useHttpPath", "true")
			m.cloneWithSubmodule(t, first+"/outer"+privateRepo, second+"/inner"+privateRepo)
			if n := p.requests(t, "/token"); n != 2 {
				t.Errorf("a repository and its submodule cost %d token requests, want 2", n)
			}
			p.revoke(t, one) // each had a token
			p.revoke(t, two)
		})
	}
}

// gitProfile has the name of its client.
func gitProfile(p *provider, c client, host string) string {
	return fmt.Sprintf("[profile.%s]\nissuer = %q\nclient_id = %q\nclient_secret = { env = \"CLIENT_SECRET\" }\nscopes = [\"code\"]\nhosts = [%q]\n", c.ID, p.issuer, c.ID, host)
}

// cloneWithSubmodule makes inner a submodule of outer, and clones both in one command.
func (m *machine) cloneWithSubmodule(t *testing.T, outer, inner string) {
	t.Helper()
	m.git(t, "clone", "--quiet", inner, "inner")
	m.commit(t, "inner", "seed", 1)
	m.git(t, "-C", "inner", "push", "--quiet", "origin", "HEAD:main")
	m.git(t, "clone", "--quiet", outer, "outer")
	m.git(t, "-C", "outer", "submodule", "--quiet", "add", inner, "sub")
	m.commit(t, "outer", "seed", 1)
	m.git(t, "-C", "outer", "push", "--quiet", "origin", "HEAD:main")
	m.git(t, "clone", "--quiet", "--recurse-submodules", outer, "fresh")
	if !exists(filepath.Join(m.home, "fresh", "sub", "seed")) {
		t.Error("the clone has no submodule in it")
	}
}
