package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Since 2.46 git comes back with what its server refused; before, it gives up, and the next command is the one that is served.
func TestGitHealsARevokedToken(t *testing.T) {
	need(t, "git")
	for _, form := range []struct {
		name  string
		ask   http.HandlerFunc
		since int // the minor version of git 2 that can send it
	}{
		{"Basic", askForToken, 0},
		{"Bearer", askForBearer, state},
	} {
		if gitMinor(t) < form.since {
			continue
		}
		t.Run(form.name, func(t *testing.T) {
			w := newGitWorldAsking(t, form.ask)
			w.git(t, "clone", "--quiet", w.url, "work")
			w.commit(t, "work", "first", 1)
			w.git(t, "-C", "work", "push", "--quiet", "origin", "HEAD:main")
			w.commit(t, "work", "large", 3<<20)
			for _, command := range []string{
				"clone --quiet " + w.url + " other",
				"-C work fetch --quiet",
				"-C work -c http.postBuffer=8388608 push --quiet origin HEAD:main",
				"ls-remote --quiet " + w.url + " absent",
			} {
				w.heals(t, func() { w.provider.revoke(t, w.client) }, strings.Fields(command)...)
			}
			w.commit(t, "work", "later", 1)
			for _, command := range []string{"clone --quiet " + w.url + " third", "-C work push --quiet origin HEAD:main"} {
				w.heals(t, func() { w.revokeAtPost.Store(true) }, strings.Fields(command)...) // between two requests of one command
			}
		})
	}
}

// heals has git do something with a token that revoke ends.
func (w gitWorld) heals(t *testing.T, revoke func(), args ...string) {
	t.Helper()
	w.git(t, "ls-remote", w.url) // what it used is kept, and good
	<-time.After(time.Second)    // fob drops one token a second at most: it is another process, so that no clock but the real one counts
	revoke()
	mints := w.provider.requests(t, "/token")
	w.record(t)
	r := w.try(t, "", "git", args...)
	if gitMinor(t) < state {
		if r.err == nil || w.provider.requests(t, "/token") != mints {
			t.Errorf("git %s succeeded with a revoked token, or had another before it asked again", args)
		}
		r = w.try(t, "", "git", args...)
	}
	if r.err != nil || r.stderr != "" {
		t.Errorf("git %s: %v, and it said %q, want no word", args, r.err, r.stderr)
	}
	if n := w.provider.requests(t, "/token") - mints; n != 1 {
		t.Errorf("git %s: %d token requests after one revocation, want 1", args, n)
	}
	if n := len(w.given(t)); n != 2 {
		t.Errorf("git %s was given %d secrets, want the revoked one and the next", args, n)
	}
}

// given are the secrets that git was given since record, each as a digest. What git says was refused is given no second time. (A get
// without a state is the first of its request to git, which forgets a state when a server has taken what it stands for.)
func (m *machine) given(t *testing.T) map[string]bool {
	t.Helper()
	secrets := map[string]bool{}
	for line := range strings.Lines(m.record(t)) {
		digest, state, _ := strings.Cut(strings.TrimSpace(line), " ")
		if state != "" && secrets[digest] {
			t.Errorf("git was given once more what it said was refused, by %s", state)
		}
		secrets[digest] = true
	}
	return secrets
}

// record puts recording-helper between git and fob, and empties and returns what it has written.
func (m *machine) record(t *testing.T) string {
	t.Helper()
	helper, err := filepath.Abs("testdata/recording-helper")
	if err != nil {
		t.Fatal(err)
	}
	m.env["RECORD"] = filepath.Join(m.home, "record")
	given, _ := os.ReadFile(m.env["RECORD"])
	writeFile(t, m.env["RECORD"], nil)
	writeFile(t, filepath.Join(m.home, ".gitconfig"), []byte("[credential]\n\thelper =\n\thelper = "+helper+"\n"))
	return string(given)
}

func askForBearer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="fob e2e"`)
	http.Error(w, "a token, please", http.StatusUnauthorized)
}

// What versions of git 2 brought.
const (
	expiry  = 40 // password_expiry_utc
	refresh = 41 // oauth_refresh_token, and the challenges in wwwauth[]
	state   = 46 // authtype and credential, state[] and continue
)

// gitMinor is N of the git 2.N that a machine's useGit uses.
func gitMinor(t *testing.T) int {
	t.Helper()
	program := "git"
	if otherGit != "" {
		program = otherGit
	}
	out, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	minor := regexp.MustCompile(`git version 2\.(\d+)`).FindSubmatch(out)
	if minor == nil {
		t.Fatalf("git tells no version: %q", out)
	}
	n, _ := strconv.Atoi(string(minor[1]))
	return n
}
