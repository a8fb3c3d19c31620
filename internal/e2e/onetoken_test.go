package e2e

import (
	"fmt"
	"net/http"
	"testing"
)

func TestOneTokenServesEveryTool(t *testing.T) {
	need(t, "git", "kubectl", "skopeo", "docker-registry")
	a, c := newAuthority(t), machineClient("everything", "client_secret_basic")
	p := startProvider(t, a, c)
	repo, cluster := startGitServer(t, a, p), startKubeServer(t, a, p)
	registry := startRegistry(t, a, tokenAuth(a, startTokenService(t, a, p)))
	api := a.serve(t, p.guard(http.HandlerFunc(hello), askForToken)).URL
	m := newMachine(t, a, fmt.Sprintf(`
[profile.all]
issuer = %q
client_id = %q
client_secret = { env = "CLIENT_SECRET" }
scopes = ["code"]
hosts = [%q, %q, %q, %q]
username = "oauth2"
`, p.issuer, c.ID, hostOf(t, repo), hostOf(t, cluster), registry, hostOf(t, api)))
	m.useGit(t, a)
	m.useRegistry(t, registry)
	m.useKubernetes(t, a, cluster, kubectlVersion(t))

	m.run(t, "", "git", "ls-remote", repo)
	m.run(t, "", "kubectl", "get", "--raw", "/version")
	m.copyInAndOut(t, registry)
	if got := m.run(t, "", "goclient", "all", api); got != "hello" {
		t.Errorf("a Go client was answered %q, want %q", got, "hello")
	}
	if n := p.requests(t, "/token"); n != 1 {
		t.Errorf("git, kubectl, skopeo and a Go client cost %d token requests, want 1", n)
	}
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }
