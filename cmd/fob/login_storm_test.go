package main

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
)

// personal is a profile of a person, which a browser of that manner is opened for.
func personal(t *testing.T, manner string) *machine {
	t.Helper()
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
grant = "authorization_code"
client_id = "c"
client_secret = { file = "$WORK/secret" }
scopes = ["openid", "offline_access"]
hosts = ["git.corp.example"]
`)
	m.server.Change(func(o *oauthtest.Options) { o.Person.Interval = 1 })
	words, err := m.browser(manner)
	if err != nil {
		t.Fatal(err)
	}
	m.environ = append(slices.DeleteFunc(m.environ, func(kv string) bool { return strings.HasPrefix(kv, "FOB_LOG=") }), "FOB_BROWSER="+words)
	return m
}

const gitAsks = "protocol=https\nhost=git.corp.example\n\n"

func TestFiftyToolsWithoutALoginOpenOneBrowser(t *testing.T) {
	const callers = 50
	m := personal(t, "slow")
	all := make(chan outcome, callers)
	var running sync.WaitGroup
	for range callers {
		cmd := detached(m.command(t, gitAsks, "git-credential-fob", "get"))
		running.Go(func() { all <- finish(t, cmd) })
	}
	urls := make(map[string]int)
	for range callers - 1 {
		o := <-all
		_, hint, _ := strings.Cut(o.stderr, "fob: hint: open ")
		if o.code != 3 || hint == "" {
			t.Errorf("a caller that may not wait ended with %d: %s", o.code, o.stderr)
		}
		urls[hint]++
	}
	if err := m.write("go", ""); err != nil { // now the person comes
		t.Fatal(err)
	}
	running.Wait()
	if leader := <-all; leader.code != 0 || !strings.Contains(leader.stdout, "password=access-1\n") {
		t.Errorf("the one that asked ended with %d: %s", leader.code, leader.stderr)
	}
	if n := m.opened(); n != 1 || len(urls) != 1 {
		t.Errorf("%d browsers, and the others were told %d URLs; want one of each", n, len(urls))
	}
}

func TestAToolFailsAtOnceAfterALoginLeftUnanswered(t *testing.T) {
	m := personal(t, "close")
	if o := finish(t, detached(m.command(t, "", "fob", "login", "--timeout", "50ms"))); o.code != 3 {
		t.Fatalf("a login that nobody answers ended with %d: %s", o.code, o.stderr)
	}
	var took []time.Duration
	for range rounds(t, 20, 500) {
		begun := time.Now()
		if o := finish(t, detached(m.command(t, gitAsks, "git-credential-fob", "get"))); o.code != 3 {
			t.Fatalf("git's call ended with %d: %s", o.code, o.stderr)
		}
		took = append(took, time.Since(begun))
	}
	t.Logf("a failure takes %s", percentiles(took))
	if n := m.opened(); n != 1 {
		t.Errorf("%d browsers were opened, want that of the login alone", n)
	}
}

// opened is how many browsers were.
func (m *machine) opened() int {
	data, _ := os.ReadFile(m.path("browser.log"))
	return strings.Count(string(data), "opened")
}
