package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPipInstallsWithOneToken(t *testing.T) {
	w := newPipWorld(t)
	for range 2 {
		if r := w.install(t, w.private); r.err != nil {
			t.Fatalf("pip install: %v\n%s", r.err, r.stderr)
		}
	}
	if n := w.mints(t); n != 1 {
		t.Errorf("two installations cost %d token requests, want 1", n)
	}
}

func TestPipIsRefused(t *testing.T) {
	w := newPipWorld(t)
	const refused = "No matching distribution found for hello"
	want := refusals{refused, "login required", "connection refused"}
	if strings.HasPrefix(w.run(t, "", "pip", "--version"), "pip 23.0") { // Debian 12's: it keeps what a keyring says to itself
		want = refusals{refused, refused, refused}
	}
	w.refuse(t, want, w.install)
}

// A host that is not fob's is the next keyring's on PATH.
func TestPipIsServedByTheNextKeyring(t *testing.T) {
	w := newPipWorld(t)
	token := w.run(t, "", "fob", "token", "--for", w.private.url)
	next := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s/asked\ncat %s\n", next, writeFile(t, filepath.Join(next, "answer"), []byte(token)))
	if err := os.WriteFile(filepath.Join(next, "keyring"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(w.env["PATH"], string(os.PathListSeparator))
	w.env["PATH"] = strings.Join([]string{first, next, rest}, string(os.PathListSeparator))
	if r := w.install(t, w.private); r.err != nil || exists(filepath.Join(next, "asked")) {
		t.Errorf("pip ended with %v; the next keyring was asked for a host of fob's: %v\n%s", r.err, exists(filepath.Join(next, "asked")), r.stderr)
	}
	if r := w.install(t, w.foreign); r.err != nil || !exists(filepath.Join(next, "asked")) {
		t.Errorf("pip ended with %v; the next keyring was asked: %v\n%s", r.err, exists(filepath.Join(next, "asked")), r.stderr)
	}
}

// pipWorld is a private package index, and a machine whose first keyring on PATH is fob's.
type pipWorld struct{ *sites }

func newPipWorld(t *testing.T) pipWorld {
	t.Helper()
	need(t, "pip", "setsid")
	w := newSites(t, newPackageIndex(t), askForToken)
	link(t, "fob-helper", filepath.Join(w.bin, "keyring"))
	w.env["PIP_CERT"], w.env["PIP_CONFIG_FILE"], w.env["PIP_DISABLE_PIP_VERSION_CHECK"] = w.authority.caFile, os.DevNull, "1"
	w.env["PIP_KEYRING_PROVIDER"] = "subprocess" // since 23.1; before, a keyring on PATH was used unasked
	w.env["PIP_NO_CACHE_DIR"], w.env["PIP_ROOT_USER_ACTION"] = "1", "ignore"
	return pipWorld{w}
}

// install has pip install hello from the index at. It may ask for a password, since 23.0 asks no keyring where it may not, but not
// at the terminal, and is answered with an empty line.
func (w pipWorld) install(t *testing.T, at *site) result {
	t.Helper()
	return w.try(t, "\n", "setsid", "--wait", "pip", "install", "--quiet", "--target", t.TempDir(), "--index-url", withUser(at.url, "oauth2")+"/simple/", "hello")
}
