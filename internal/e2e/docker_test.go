package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const password = "pa55word-fob-canary-7f3a9c"

func TestSkopeoCopiesWithTheProfilesToken(t *testing.T) {
	need(t, "skopeo", "docker-registry", "node")
	for _, tc := range []struct {
		username string
		posts    bool
	}{
		{username: "oauth2"},
		{username: "<token>", posts: true},
	} {
		t.Run(tc.username, func(t *testing.T) {
			a, c := newAuthority(t), machineClient("registry-client", "client_secret_basic")
			p := startProvider(t, a, c)
			service := startTokenService(t, a, p)
			host := startRegistry(t, a, tokenAuth(a, service))
			w := newDockerWorld(t, a, host, registryProfile(p, c, tc.username, host))
			w.copyInAndOut(t, w.host)
			if n := p.requests(t, "/token"); n != 1 {
				t.Errorf("two copies cost %d token requests, want 1", n)
			}
			if got := service.posts.Load() > 0; got != tc.posts {
				t.Errorf("sent as identity token: %v, want %v", got, tc.posts)
			}
		})
	}
}

func TestDockerLoginIsKeptSealedUntilLogout(t *testing.T) {
	need(t, "docker", "skopeo", "docker-registry", "htpasswd")
	a := newAuthority(t)
	w := newDockerWorld(t, a, startRegistry(t, a, passwordAuth(t, password)), "")
	w.run(t, password, "docker", "login", "--username", "alice", "--password-stdin", w.host)

	var got struct{ ServerURL, Username, Secret string }
	if err := json.Unmarshal([]byte(w.run(t, w.host, "docker-credential-fob", "get")), &got); err != nil {
		t.Fatal(err)
	}
	if got.ServerURL != w.host || got.Username != "alice" || got.Secret != password {
		t.Errorf("get after login: %q, %q and the right secret: %v", got.ServerURL, got.Username, got.Secret == password)
	}
	for _, text := range []string{password, base64.StdEncoding.EncodeToString([]byte("alice:" + password))} {
		if names := w.holds(t, text); len(names) > 0 {
			t.Errorf("the password lies open in %q", names)
		}
	}
	w.copyInAndOut(t, w.host)

	w.run(t, "", "docker", "logout", w.host)
	r := w.try(t, w.host, "docker-credential-fob", "get")
	if want := "credentials not found in native keychain\n"; r.stdout != want || r.err == nil {
		t.Errorf("get after logout: %d bytes, %v; want %q and a failure", len(r.stdout), r.err, want)
	}
}

// dockerWorld is a registry, and a machine whose docker and skopeo know no credential for it but fob's.
type dockerWorld struct {
	*machine
	host string
}

func newDockerWorld(t *testing.T, a *authority, host, config string) dockerWorld {
	t.Helper()
	m := newMachine(t, a, config)
	m.useRegistry(t, host)
	return dockerWorld{m, host}
}

// registryProfile is a configuration whose one profile sends c's token, with username, to hosts.
func registryProfile(p *provider, c client, username string, hosts ...string) string {
	return fmt.Sprintf(`
[profile.registry]
issuer = %q
client_id = %q
client_secret = { env = "CLIENT_SECRET" }
scopes = ["code"]
hosts = ["%s"]
username = %q
`, p.issuer, c.ID, strings.Join(hosts, `", "`), username)
}

// copyInAndOut has skopeo copy an image to the registry at host and back.
func (m *machine) copyInAndOut(t *testing.T, host string) {
	t.Helper()
	local, remote, back := filepath.Join(m.home, "image"), "docker://"+host+"/e2e/image:tiny", filepath.Join(m.home, "back")
	want := layout(local).newImage(t)
	m.run(t, "", "skopeo", "copy", "--quiet", "--insecure-policy", "oci:"+local+":tiny", remote)
	m.run(t, "", "skopeo", "copy", "--quiet", "--insecure-policy", remote, "dir:"+back)
	got, err := os.ReadFile(filepath.Join(back, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("copied in and out: %s, want %s", got, want)
	}
}
