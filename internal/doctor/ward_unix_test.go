//go:build unix

package doctor

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/setup"
)

const secret fob.Secret = "s3cret-" + oauthtest.Canary

// ward is a machine on which all is well, until something is broken.
type ward struct {
	*testing.T
	dir     string
	environ []string
	server  *oauthtest.Server
	mint    bool
}

// wellConfig has a profile that mints with a secret from a file.
const wellConfig = `
[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["git.corp.example", "registry.corp.example", "k8s.corp.example:6443"]
`

func newWard(t *testing.T) *ward {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "") // the keyring is the process's own
	t.Setenv("XDG_RUNTIME_DIR", "")
	server, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: secret}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	w := &ward{T: t, dir: t.TempDir(), server: server}
	if err := os.Chmod(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.setenv("HOME", w.path("home"))
	w.setenv("PATH", w.path("bin"))
	w.write("secret", string(secret))
	w.write("home/.local/share/fob/.keep", "")
	w.write("home/.local/state/fob/.keep", "")
	w.program("fob", "")
	w.program("fob-helper", "echo 'docker-credential-fob (github.com/fobkit/fob) v1.2.3'")
	w.config(wellConfig)
	return w
}

func (w *ward) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// expand fills $SERVER and $WORK in.
func (w *ward) expand(text string) string {
	return strings.NewReplacer("$SERVER", w.server.PlainURL, "$WORK", w.dir).Replace(text)
}

func (w *ward) write(name, text string) {
	w.Helper()
	path := w.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(w.expand(text)), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *ward) config(text string) { w.Helper(); w.write("home/.config/fob/config.toml", text) }

// program puts a script of sh into bin.
func (w *ward) program(name, script string) {
	w.Helper()
	w.write("bin/"+name, "#!/bin/sh\n"+script+"\n")
	w.chmod("bin/"+name, 0o755)
}

func (w *ward) chmod(name string, mode os.FileMode) {
	w.Helper()
	if err := os.Chmod(w.path(name), mode); err != nil {
		w.Fatal(err)
	}
}

func (w *ward) remove(name string) {
	w.Helper()
	if err := os.Remove(w.path(name)); err != nil {
		w.Fatal(err)
	}
}

func (w *ward) setenv(name, value string) { w.environ = append(w.environ, name+"="+w.expand(value)) }

// git is one that says what the lines say of its settings: ORIGIN KEY VALUE.
func (w *ward) git(version string, settings ...string) {
	w.Helper()
	var list strings.Builder
	for _, s := range settings {
		words := strings.SplitN(s, " ", 3)
		list.WriteString("file:" + words[0] + "\x00" + words[1] + "\n" + words[2] + "\x00")
	}
	w.write("git.settings", list.String())
	w.program("git", `case "$1" in --version) echo "git version `+version+`";; *) exec /bin/cat "`+w.path("git.settings")+`";; esac`)
}

// setUp has fob setup do its work.
func (w *ward) setUp(tool string) {
	w.Helper()
	plan, err := w.patient().Machine.Plan(w.Context(), setup.Wish{Tool: tool})
	if err == nil {
		err = plan.Apply(func(string) {})
	}
	if err != nil {
		w.Fatal(err)
	}
}

// session opens the configuration, which must be good.
func (w *ward) session() *session.Session {
	w.Helper()
	s, err := session.Open(session.Options{Environ: w.environ, System: w.path("etc"), OneShot: true})
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// profile opens one that must be good.
func (w *ward) profile(name string) *session.Profile {
	w.Helper()
	p, err := w.session().Profile(name)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *ward) patient() *Patient {
	p := &Patient{Environ: w.environ, Dir: w.dir, Program: w.path("bin/fob"), Version: "v1.2.3", Mint: w.mint, Lookup: everywhere}
	p.Session, p.Err = session.Open(session.Options{Environ: w.environ, System: w.path("etc"), OneShot: true})
	p.Machine = &setup.Machine{Getenv: p.getenv, Helper: w.path("bin/fob-helper"), Data: w.path("home/.local/share/fob")}
	if p.Session != nil {
		for _, o := range p.profiles() {
			p.Machine.Profiles = append(p.Machine.Profiles, setup.Profile{Name: o.Name, Hosts: o.Hosts, Allow: o.Allow})
		}
	}
	return p
}

// everywhere finds every host but one.
func everywhere(_ context.Context, host string) ([]string, error) {
	if host == "gone.corp.example" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []string{"192.0.2.1"}, nil
}

// examine returns what is said, and fails if a secret is.
func (w *ward) examine() Results {
	w.Helper()
	results := Examine(w.Context(), w.patient())
	data, err := json.Marshal(results)
	if err != nil {
		w.Fatal(err)
	}
	if strings.Contains(string(data), oauthtest.Canary) {
		w.Fatal("a secret is told")
	}
	return results
}

// complaints are those that are no good news.
func complaints(results Results) Results {
	var bad Results
	for _, r := range results {
		if r.State == Warn || r.State == Fail {
			bad = append(bad, r)
		}
	}
	return bad
}
