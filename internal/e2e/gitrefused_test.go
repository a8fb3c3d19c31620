package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestGitIsRefused(t *testing.T) {
	need(t, "git")
	w := newSites(t, newGitBackend(t), askForToken)
	w.useGit(t, w.authority)
	w.refuse(t, refusals{unknown: "could not read Username", login: "login required", down: "connection refused"}, func(t *testing.T, at *site) result {
		return w.try(t, "", "git", "ls-remote", at.url+privateRepo)
	})
}

// fob never says quit: where it has nothing, somebody else may have.
func TestGitGoesOnToItsNextHelper(t *testing.T) {
	need(t, "git")
	w := newSites(t, newGitBackend(t), askForToken)
	w.useGit(t, w.authority)
	token := writeFile(t, filepath.Join(t.TempDir(), "token"), []byte(w.run(t, "", "fob", "token", "--for", w.private.url)))
	next := filepath.Join(t.TempDir(), "next")
	if err := os.WriteFile(next, fmt.Appendf(nil, "#!/bin/sh\n[ $1 != get ] || echo username=next password=$(cat %s) | tr ' ' '\\n'\n", token), 0o755); err != nil {
		t.Fatal(err)
	}
	w.git(t, "config", "--global", "--add", "credential.helper", next)
	for _, at := range []*site{w.foreign, w.orphan} {
		w.git(t, "ls-remote", at.url+privateRepo)
	}
}
