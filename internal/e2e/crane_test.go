package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCraneLoginLastsUntilLogout(t *testing.T) {
	a := newAuthority(t)
	w := newDockerWorld(t, a, startRegistry(t, a, passwordAuth(t, password)), "")
	w.run(t, password, "crane", "auth", "login", "--username", "alice", "--password-stdin", w.host)
	w.pushAndReadBack(t, w.host)
	if names := w.holds(t, password); len(names) > 0 {
		t.Errorf("the password lies open in %q", names)
	}
	w.run(t, "", "crane", "auth", "logout", w.host)
	if r := w.try(t, "", "crane", "manifest", w.host+"/e2e/image:tiny"); r.err == nil || !strings.Contains(r.stderr, "UNAUTHORIZED") {
		t.Errorf("crane after logout ended with %v, and said %q", r.err, r.stderr)
	}
}

// Docker Hub sends its clients to another host for their tokens, and each of them has a name of its own for it.
func TestDockerHubsRealmIsOnAnotherHost(t *testing.T) {
	need(t, "skopeo", "docker-registry")
	for _, tc := range []struct {
		username string
		posts    bool
	}{
		{username: "oauth2"},
		{username: "<token>", posts: true},
	} {
		t.Run(tc.username, func(t *testing.T) {
			w := newHubWorld(t, tc.username, "docker.io", "index.docker.io")
			w.pushAndReadBack(t, "index.docker.io")
			if got := w.service.posts.Load() > 0; got != tc.posts {
				t.Errorf("crane sent it as identity token: %v, want %v", got, tc.posts)
			}
			w.copyInAndOut(t, "docker.io")
			if n := w.provider.requests(t, "/token"); n != 1 {
				t.Errorf("crane and skopeo cost %d token requests, want 1", n)
			}
		})
	}
}

// docker login asks for an identity token, which is all that it keeps.
func TestDockerLoginAtDockerHubLeavesCraneAnIdentityToken(t *testing.T) {
	need(t, "docker", "docker-registry")
	w := newHubWorld(t, "oauth2", "elsewhere.example")
	w.run(t, string(w.provider.mint(t, w.client)), "docker", "login", "--username", "alice", "--password-stdin")
	w.pushAndReadBack(t, "index.docker.io")
	if w.service.posts.Load() == 0 {
		t.Error("crane did not send the identity token")
	}
	w.run(t, "", "docker", "logout")
	if r := w.try(t, "", "crane", "manifest", "index.docker.io/e2e/crane:tiny"); r.err == nil {
		t.Error("crane succeeded after docker logout")
	}
}

// hubWorld is a registry that a machine takes for Docker Hub, whose token service has a host of its own, and a profile for hosts.
type hubWorld struct {
	*machine
	provider *provider
	client   client
	service  *tokenService
}

func newHubWorld(t *testing.T, username string, hosts ...string) hubWorld {
	t.Helper()
	a, c := newAuthority(t), machineClient("hub-client", "client_secret_basic")
	p := startProvider(t, a, c)
	service := startTokenService(t, a, p)
	auth := tokenAuth(a, service)
	auth["token"].(map[string]string)["realm"] = "https://auth.docker.io/token"
	registry := startRegistry(t, a, auth)
	m := newMachine(t, a, registryProfile(p, c, username, hosts...))
	m.useRegistry(t, "docker.io", "https://index.docker.io/v1/")
	m.env["HTTPS_PROXY"] = startProxy(t, map[string]string{"index.docker.io": registry, "registry-1.docker.io": registry, "auth.docker.io": hostOf(t, service.url)})
	return hubWorld{m, p, c, service}
}

func TestContainerToolsAreRefused(t *testing.T) {
	need(t, "skopeo", "docker")
	spoken := refusals{unknown: "unauthorized", login: "login required", down: "connection refused"}
	for _, tc := range []struct {
		args []string
		want refusals
	}{
		{[]string{"crane", "manifest", "%s/e2e/image:tiny"}, spoken},
		{[]string{"skopeo", "inspect", "docker://%s/e2e/image:tiny"}, spoken},
		// docker keeps a helper's words to itself, but for those on stderr, and goes on without; then it asks again
		{[]string{"docker", "manifest", "inspect", "%s/e2e/image:tiny"}, refusals{"no basic auth credentials", `run "fob login person"`, "the server is asked again at"}},
	} {
		t.Run(tc.args[0], func(t *testing.T) {
			w := newSites(t, http.NotFoundHandler(), askForPassword)
			w.useRegistry(t, w.foreign.host, w.person.host, w.orphan.host)
			w.refuse(t, tc.want, func(t *testing.T, at *site) result {
				image := len(tc.args) - 1
				return w.try(t, "", tc.args[0], append(slices.Clone(tc.args[1:image]), fmt.Sprintf(tc.args[image], at.host))...)
			})
		})
	}
}

// pushAndReadBack has crane push an image to the registry at host, and ask for its manifest.
func (m *machine) pushAndReadBack(t *testing.T, host string) {
	t.Helper()
	local := layout(filepath.Join(m.home, "layout"))
	want, image := local.newImage(t), host+"/e2e/crane:tiny"
	m.run(t, "", "crane", "push", string(local), image)
	if got := m.run(t, "", "crane", "manifest", image); got != string(want) {
		t.Errorf("pushed and read back: %s, want %s", got, want)
	}
}

// askForPassword is a registry that wants Basic, and sends nobody elsewhere for a token.
func askForPassword(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Basic realm="fob e2e"`)
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0") // without it docker 20 takes it for none
	writeJSON(w, http.StatusUnauthorized, map[string]any{"errors": []any{map[string]string{"code": "UNAUTHORIZED", "message": "unauthorized"}}})
}
