package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/oauthtest"
)

const gitGet = "protocol=https\nhost=git.corp.example\n\n"

const fleetConfig = `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
refresh_token = { file = "$WORK/refresh" }
hosts = ["git.corp.example"]
allow = ["kubernetes", "raw"]
`

// calls are one of each tool, with the answer that a token and its expiry make.
var calls = []struct {
	args  []string
	stdin string
	want  func(access fob.Secret, expiry time.Time) string
}{
	{[]string{"git", "get"}, gitGet, func(access fob.Secret, expiry time.Time) string {
		return fmt.Sprintf("username=oauth2\npassword=%s\npassword_expiry_utc=%d\n", string(access), expiry.Add(-time.Minute).Unix())
	}},
	{[]string{"kubernetes", "--profile", "corp"}, "", func(access fob.Secret, expiry time.Time) string {
		return fmt.Sprintf(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}`+"\n",
			string(access), expiry.Add(-time.Minute).UTC().Format(time.RFC3339))
	}},
	{[]string{"docker", "get"}, "git.corp.example", func(access fob.Secret, _ time.Time) string {
		return fmt.Sprintf(`{"ServerURL":"git.corp.example","Username":"oauth2","Secret":"%s"}`+"\n", string(access))
	}},
}

// helper is a program under way.
type helper struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
	done           chan struct{}
	err            error         // how it ended, once it is done,
	took           time.Duration // and after how long
}

// begin starts a program of the machine's.
func (m *machine) begin(t *testing.T, stdin, program string, args ...string) *helper {
	t.Helper()
	h := &helper{Cmd: m.command(t, stdin, program, args...), done: make(chan struct{})}
	h.Stdout, h.Stderr = &h.stdout, &h.stderr
	start := time.Now()
	if err := h.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		h.err = h.Wait()
		h.took = time.Since(start)
		close(h.done)
	}()
	return h
}

// helpers starts n of them at once, one tool after the other.
func (m *machine) helpers(t *testing.T, n int) []*helper {
	t.Helper()
	var fleet []*helper
	for i := range n {
		c := calls[i%len(calls)]
		fleet = append(fleet, m.begin(t, c.stdin, "fob-helper", c.args...))
	}
	return fleet
}

// wantAll waits for the fleet and compares each answer, byte for byte, with what the kept token makes.
func (m *machine) wantAll(t *testing.T, fleet []*helper) fob.Token {
	t.Helper()
	for _, h := range fleet {
		<-h.done
	}
	tok := m.kept(t)
	for i, h := range fleet {
		c := calls[i%len(calls)]
		if h.err != nil || h.stdout.String() != c.want(tok.Access, tok.Expiry) {
			t.Errorf("helper %d, %s: %v, %d bytes that are not the answer; stderr:\n%s", i, c.args[0], h.err, h.stdout.Len(), &h.stderr)
		}
	}
	return tok
}

func (m *machine) kept(t *testing.T) fob.Token {
	t.Helper()
	_, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	return p.Source.Kept(t.Context())
}

// person is a machine whose profile holds a login: its refresh token is single-use, and used twice it ends the login. The
// access token that is kept has left of its hour.
func person(t *testing.T, left time.Duration) *machine {
	t.Helper()
	m := machineFor(t, fleetConfig)
	m.login(t, left)
	return m
}

// login is a new login, in the place of whatever was kept.
func (m *machine) login(t *testing.T, left time.Duration) {
	t.Helper()
	tok := m.server.Issue("c")
	kept := hour(tok.Access, time.Now().Add(left))
	kept.Refresh = tok.Refresh
	if err := errors.Join(m.write("refresh", string(tok.Refresh)), m.keep("corp", kept)); err != nil {
		t.Fatal(err)
	}
}

func TestFiftyHelpersOneTokenRequest(t *testing.T) {
	m := person(t, -time.Minute)
	m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }})
	fleet := m.helpers(t, 50)
	<-m.reached // the one request is under way, and all fifty helpers are
	m.server.Release()
	tok := m.wantAll(t, fleet)
	if c := m.server.Counts(); c.Requests() != 1 || c.Token["refresh_token"] != 1 {
		t.Errorf("50 helpers cost %v, want one refresh", c.Token)
	}
	if !m.server.Valid(tok.Access) {
		t.Error("the token that all of them got is not valid")
	}
	_, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	if next, err := p.Renew(t.Context()); err != nil || !m.server.Valid(next.Access) {
		t.Errorf("the refresh token that they left behind: %v, want it good for another", err)
	}
}

func TestALostAnswerIsNotAskedForAgain(t *testing.T) {
	m := person(t, 30*time.Second) // too little for any tool: each asks fob for more
	old := m.kept(t).Access
	m.server.Fault(oauthtest.Fault{Commit: true, Cut: true})
	if tok := m.wantAll(t, m.helpers(t, 12)); tok.Access != old {
		t.Error("the valid token was not what the helpers got")
	}
	if tok := m.wantAll(t, m.helpers(t, 12)); tok.Access != old {
		t.Error("the valid token was not what later helpers got")
	}
	if n := m.server.Counts().Token["refresh_token"]; n != 1 {
		t.Errorf("the refresh token was sent %d times, want once: nobody knows whether it was used up", n)
	}

	// Once there is no valid token left, it is tried a second time. This server then ends the login, and a person is told.
	if err := m.age("corp", time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, h := range m.helpers(t, 3) {
		<-h.done
		if got, want := h.ProcessState.ExitCode(), credhelper.ExitCode(fob.ErrLoginRequired); got != want {
			t.Errorf("exit status %d, want %d; stderr:\n%s", got, want, &h.stderr)
		}
	}
	if n := m.server.Counts().Token["refresh_token"]; n != 2 {
		t.Errorf("the refresh token was sent %d times in all, want twice", n)
	}
}
