package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An empty machine, four commands, and Enter wherever there is something to propose.
func TestANewcomerClonesAfterFourCommands(t *testing.T) {
	w := newLoginWorld(t)
	w.empty(t)
	begun := time.Now()

	w.run(t, "", "fob", "init")

	tty := w.sit(t, "fob", "login", w.provider.issuer)
	for _, at := range []struct{ question, answer string }{
		{`Name of the profile \[login\]: $`, ""},
		{`Client ID, as the server gave it to you: $`, w.client.ID},
		{`Client secret \(not shown; Enter if there is none\): $`, ""},
		{`Hosts that its token may go to, [^:]*: none yet\): $`, hostOf(t, w.repo)},
		{`Write this profile, and log in\? \[Y/n\]: $`, ""},
	} {
		tty.await(t, at.question)
		tty.enter(t, at.answer)
	}
	tty.await(t, `Log in to login in the browser`)
	window := w.chromium.open(t, w.asked(t, nil))
	window.login(t)
	window.press(t, "Consent", "Allow")
	if code := tty.left(); code != 0 || !strings.Contains(tty.screen(), "\nlogged in to login as alice: ") {
		t.Fatalf("exit status %d\n%s", code, tty.screen())
	}

	w.run(t, "", "fob", "setup", "git")
	w.git(t, "clone", "--quiet", w.repo, "work")
	t.Logf("from an empty machine to a clone: %d ms", time.Since(begun).Milliseconds())
	if len(w.opened) != 0 {
		t.Error("another browser was opened")
	}
}

// empty leaves of fob nothing but its programs.
func (w loginWorld) empty(t *testing.T) {
	t.Helper()
	delete(w.env, "FOB_CONFIG")
	delete(w.env, "FOB_STATE")
	for _, name := range []string{filepath.Join(w.bin, "git-credential-fob"), filepath.Join(w.home, ".gitconfig"), filepath.Join(w.home, "fob.toml")} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}
