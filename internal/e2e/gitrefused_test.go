package e2e

import "testing"

func TestGitIsRefused(t *testing.T) {
	need(t, "git")
	w := newSites(t, newGitBackend(t), askForToken)
	w.useGit(t, w.authority)
	w.refuse(t, refusals{unknown: "could not read Username", login: "login required", down: "connection refused"}, func(t *testing.T, at *site) result {
		return w.try(t, "", "git", "ls-remote", at.url+privateRepo)
	})
}
