package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestGoDownloadsWithOneToken(t *testing.T) {
	w := newGoWorld(t)
	w.download(t)
	w.download(t)
	if n := w.mints(t); n != 1 {
		t.Errorf("two downloads cost %d token requests, want 1", n)
	}
}

// go runs its helper again, with the URL and the server's answer, after a 401: the command that finds the token revoked is the one that is served.
func TestGoCommandThatFindsTheTokenRevokedSucceeds(t *testing.T) {
	w := newGoWorld(t)
	w.download(t)
	w.provider.revoke(t, w.client)
	w.download(t)
	if n := w.mints(t); n != 2 {
		t.Errorf("one revocation: %d token requests, want 2", n)
	}
}

// go runs its helper again after a 404 too, which says nothing against the token.
func TestGoModuleThatIsNotThereCostsNoToken(t *testing.T) {
	w := newGoWorld(t)
	w.download(t)
	for range 3 {
		if r := w.try(t, "", "go", "mod", "download", "corp.example/absent@v1.0.0"); r.err == nil || !strings.Contains(r.stderr, "404 Not Found") {
			t.Errorf("go ended with %v, and said %q, want a 404", r.err, r.stderr)
		}
	}
	if n := w.mints(t); n != 1 {
		t.Errorf("a download and three modules that are not there cost %d token requests, want 1", n)
	}
}

// go asks before its first request for all that there is, whatever it is about to fetch: that must cost nothing, and say nothing.
func TestGoIsToldOnlyWhatIsAtHand(t *testing.T) {
	w := newGoWorld(t)
	if r := w.try(t, "", "fob-goauth"); r.stdout+r.stderr != "" || r.err != nil {
		t.Errorf("with nothing at hand: %d bytes and %q, %v, want silence", len(r.stdout), r.stderr, r.err)
	}
	if n := w.mints(t); n != 0 {
		t.Errorf("a question about nothing cost %d token requests", n)
	}
	w.download(t)
	r := w.try(t, "", "fob-goauth")
	if want := w.private.url + "\n\nAuthorization: Bearer "; !strings.HasPrefix(r.stdout, want) || r.stderr != "" || r.err != nil {
		t.Errorf("with a token at hand: %d bytes and %q, %v, want %q first", len(r.stdout), r.stderr, r.err, want)
	}
}

func TestGoIsRefused(t *testing.T) {
	w := newGoWorld(t)
	w.download(t)
	w.refuse(t, refusals{unknown: "401 Unauthorized", login: "login required", down: "connection refused"}, func(t *testing.T, at *site) result {
		w.env["GOPROXY"], w.env["GOMODCACHE"] = at.url, t.TempDir()
		return w.try(t, "", "go", "mod", "download", "-x", privateModule+"@"+privateVersion) // without -x nobody reads what a helper says
	})
}

func TestGoDownloadsByGit(t *testing.T) {
	need(t, "git")
	w := newGoWorld(t)
	w.useGit(t, w.authority)
	w.env["GOAUTH"] = "git " + w.home
	w.download(t)
	w.download(t)
	if n := w.mints(t); n != 1 {
		t.Errorf("two downloads cost %d token requests, want 1", n)
	}
	r := w.try(t, "protocol=https\nhost="+w.private.host+"\n\n", "git", "credential", "fill")
	if r.err != nil || r.stderr != "" { // go reads stderr too, as part of the answer
		t.Errorf("git credential fill ended with %v, and said %q on stderr, want nothing", r.err, r.stderr)
	}
}

// goWorld is a module proxy, and a machine whose go knows no credential for it but fob's.
type goWorld struct{ *sites }

func newGoWorld(t *testing.T) goWorld {
	t.Helper()
	w := newSites(t, newModuleServer(t), askForToken)
	link(t, "fob-helper", filepath.Join(w.bin, "fob-goauth"))
	w.env["GOAUTH"] = filepath.Join(w.bin, "fob-goauth")
	w.env["GOPROXY"], w.env["GONOSUMDB"], w.env["GOFLAGS"] = w.private.url, "*", "-modcacherw"
	w.env["GOENV"], w.env["GOTOOLCHAIN"], w.env["GOCACHE"] = "off", "local", filepath.Join(w.home, "cache")
	return goWorld{w}
}

// download has go fetch the module as if for the first time, and say nothing.
func (w goWorld) download(t *testing.T) {
	t.Helper()
	w.env["GOMODCACHE"] = t.TempDir()
	r := w.try(t, "", "go", "mod", "download", privateModule+"@"+privateVersion)
	if r.err != nil || r.stderr != "" {
		t.Fatalf("go mod download: %v, and it said %q, want nothing", r.err, r.stderr)
	}
}
