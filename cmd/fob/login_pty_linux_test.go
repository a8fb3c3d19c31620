package main

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/oauthtest"
)

const interrupt = "\x03"

// seated is personal for somebody at a terminal without a display.
func seated(t *testing.T) *machine {
	m := personal(t, "follow")
	m.environ = append(slices.DeleteFunc(m.environ, func(kv string) bool { return strings.HasPrefix(kv, "FOB_BROWSER=") }), "TERM=xterm")
	return m
}

func TestALoginIsEndedCleanlyByControlC(t *testing.T) {
	m := seated(t)
	m.server.Change(func(o *oauthtest.Options) { o.Person.Pending = 1 << 20 })
	words, err := m.browser("close")
	if err != nil {
		t.Fatal(err)
	}
	m.environ = append(m.environ, "FOB_BROWSER="+words)
	for _, way := range []string{"--device", "--browser", "--no-browser"} { // the last changes the terminal's modes
		tty := sit(t, m.command(t, "", "fob", "login", "corp", way))
		tty.wait(t, `waiting for you|paste the URL`)
		if way == "--browser" { // nobody is as fast as the fork of its process, in which a signal can bring down Go's runtime
			eventually(t, func() bool { return m.opened() == 1 })
		}
		tty.enter(t, interrupt)
		tty.wait(t, `\nfob: interrupted\r\n$|\r\x1b\[Kfob: interrupted\r\n$`)
		if code, echoes := tty.left(t); code != exitInterrupted || !echoes || !tty.takesLines(t) {
			t.Errorf("%s: exit status %d, echo %v, lines %v; want %d, and the terminal as it was", way, code, echoes, tty.takesLines(t), exitInterrupted)
		}
	}
}

func TestASecretIsTypedUnseen(t *testing.T) {
	m := seated(t)
	tty := sit(t, m.command(t, "", "fob", "login", "--name", "new", "--issuer", m.server.PlainURL, "--client-id", "c", "--host", "hub.corp.example", "--device"))
	tty.wait(t, `Client secret \(not shown; Enter if there is none\): `)
	eventually(t, func() bool { return !tty.echoes(t) }) // nobody types as fast as a test
	tty.enter(t, string(clientSecret)+"\r")
	tty.wait(t, `Write this profile, and log in\? \[Y/n\]: `)
	tty.enter(t, "\r")
	tty.wait(t, `logged in to new as alice: `)
	code, echoes := tty.left(t)
	if code != 0 || !echoes || strings.Contains(tty.shown(), oauthtest.Canary) {
		t.Errorf("exit status %d, echo %v afterwards; the secret must not be on the screen", code, echoes)
	}
	path := m.path("config", "fob", "new.secret")
	data, err := os.ReadFile(path)
	if err != nil || string(data) != string(clientSecret)+"\n" {
		t.Errorf("the secret is not what its file holds: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of its file: %v, %v", info.Mode(), err)
	}
}

func TestControlCAtASecretGivesTheEchoBack(t *testing.T) {
	m := seated(t)
	tty := sit(t, m.command(t, "", "fob", "login", "--name", "new", "--issuer", m.server.PlainURL, "--client-id", "c"))
	tty.wait(t, `Client secret`)
	tty.enter(t, interrupt)
	if code, echoes := tty.left(t); code != exitInterrupted || !echoes {
		t.Errorf("exit status %d, echo %v; want %d, and echo", code, echoes, exitInterrupted)
	}
	if data, err := os.ReadFile(m.path("config", "fob", "config.toml")); err != nil || strings.Contains(string(data), "new") {
		t.Errorf("the profile is written all the same (%v)", err)
	}
}

func TestWhereTheBrowserEndedIsPasted(t *testing.T) {
	m := seated(t)
	tty := sit(t, m.command(t, "", "fob", "login", "corp", "--no-browser"))
	url := tty.wait(t, `open\r\n\r\n(http\S+)\r\n(?s:.*)paste the URL of that here: `)
	tty.enter(t, "http://127.0.0.1/?code=another&state=login\r")
	tty.wait(t, `That is not where this login ends\. Paste the whole URL, from http:// on: `)
	tty.enter(t, landing(t.Context(), url)+"\r")
	tty.wait(t, `logged in to corp as alice: `)
	if code, _ := tty.left(t); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// A terminal's own lines end at 4,096 bytes, on macOS at 1,024, and what is longer is cut without a word. Keys that correct a line still do.
func TestALongURLIsPastedWhole(t *testing.T) {
	m := seated(t)
	tty := sit(t, m.command(t, "", "fob", "login", "corp", "--no-browser"))
	url := tty.wait(t, `open\r\n\r\n(http\S+)\r\n(?s:.*)paste the URL of that here: `)
	eventually(t, func() bool { return !tty.takesLines(t) }) // nobody pastes as fast as a test
	tty.enter(t, "of no use\x15httö\x7fp")
	before, after, _ := strings.Cut(strings.TrimPrefix(landing(t.Context(), url), "http"), "?")
	tty.enter(t, before+"?session_state="+strings.Repeat("s", 20_000)+"&"+after+"\r")
	tty.wait(t, `logged in to corp as alice: `)
	if code, echoes := tty.left(t); code != 0 || !echoes || !tty.takesLines(t) {
		t.Errorf("exit status %d, echo %v, lines %v; want 0, and the terminal as it was", code, echoes, tty.takesLines(t))
	}
}

// landing is where a browser on another machine ends, and says that it cannot connect.
func landing(ctx context.Context, url string) string {
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := stay.Do(req)
	if err != nil {
		return err.Error()
	}
	resp.Body.Close()
	return resp.Header.Get("Location")
}

// Somebody who runs git in two windows has one login, and both get its token.
func TestAToolOnATerminalWaitsForTheLoginOfAnother(t *testing.T) {
	m := seated(t)
	words, err := m.browser("slow")
	if err != nil {
		t.Fatal(err)
	}
	m.environ = append(m.environ, "FOB_BROWSER="+words)
	first := sit(t, m.command(t, "", "fob", "login", "corp"))
	url := first.wait(t, `(http\S+)\r\n`)
	second := sit(t, m.command(t, "", "fob", "login", "corp"))
	second.wait(t, `Another process is logging in to corp\.`)
	if got := second.wait(t, `(http\S+)\r\n`); got != url {
		t.Errorf("the second is shown another URL than the first")
	}
	if err := m.write("go", ""); err != nil {
		t.Fatal(err)
	}
	for _, tty := range []*seat{first, second} {
		tty.wait(t, `logged in to corp as alice: `)
		if code, _ := tty.left(t); code != 0 {
			t.Errorf("exit status %d", code)
		}
	}
	if n := m.opened(); n != 1 {
		t.Errorf("%d browsers, want one", n)
	}
}
