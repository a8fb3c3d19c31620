package e2e

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

func TestBazelFetchesWithOneToken(t *testing.T) {
	w := newBazelWorld(t)
	for _, path := range []string{"/archive.tar.gz", "/cas/0a1b2c"} { // Bazel asks for each address
		if r := w.fetch(t, w.private, path); r.err != nil || r.stdout != "hello" {
			t.Errorf("%s: %q, %v; want hello", path, r.stdout, r.err)
		}
	}
	if n := w.mints(t); n != 1 {
		t.Errorf("two addresses cost %d token requests, want 1", n)
	}
}

// Bazel keeps an answer without an expiry for half an hour, whatever happens to the token.
func TestBazelIsToldWhenTheTokenEnds(t *testing.T) {
	w := newBazelWorld(t)
	answer, err := w.askAsBazel(t, w.private.url)
	if left := time.Until(answer.Expires); err != nil || left <= 0 || left > 10*time.Minute {
		t.Errorf("the answer is good for %v (%v), want at most the token's ten minutes", left, err)
	}
}

func TestBazelIsRefused(t *testing.T) {
	w := newBazelWorld(t)
	w.refuse(t, refusals{unknown: "401 Unauthorized", login: "login required", down: "connection refused"}, func(t *testing.T, at *site) result {
		return w.fetch(t, at, "/archive.tar.gz")
	})
}

// bazelWorld is what a build downloads from, and a machine whose credential helper is fob.
type bazelWorld struct{ *sites }

func newBazelWorld(t *testing.T) bazelWorld {
	t.Helper()
	w := newSites(t, http.HandlerFunc(hello), askForToken)
	link(t, "fob-helper", filepath.Join(w.bin, "fob-bazel"))
	return bazelWorld{w}
}

// fetch gets path of at with the headers that the helper gives, as Bazel does: none is an answer too.
func (w bazelWorld) fetch(t *testing.T, at *site, path string) result {
	t.Helper()
	answer, err := w.askAsBazel(t, at.url+path)
	if err != nil {
		return result{stderr: err.Error(), err: err}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = answer.Headers
	return w.send(t, req)
}
