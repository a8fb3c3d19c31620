package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

// refreshes are programs that refresh a token which has left so much of its hour.
var refreshes = []struct {
	name    string
	left    time.Duration
	program func(record string) []string
}{
	{"expired", -time.Minute, func(string) []string { return []string{"fob-helper", "kubernetes", "--profile", "corp"} }},
	{"stale", 2 * time.Minute, func(record string) []string { return []string{"fob", "refresh", record} }},
}

// A program that is killed anywhere in a refresh leaves a record that can be read and a lock that is free. Who comes next has a
// token, and needs no login, but where the server had used the refresh token up and its answer was not kept yet: that is known to be in
// doubt, and the old refresh token is sent once more when there is nothing left to lose.
func TestKilledAnywhereInARefresh(t *testing.T) {
	for _, r := range refreshes {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			m := person(t, r.left)
			program := r.program(m.record(t))
			var points []string
			note := func(point string) bool { points = append(points, point); return false }
			if ws := m.trace(t, note, program...); ws.ExitStatus() != 0 {
				t.Fatalf("a refresh left alone ends with %v", ws)
			}
			sent, kept := slices.Index(points, "before send POST #1"), slices.Index(points, "after rename to k1.rec #2")
			if len(points) < 12 || sent < 0 || kept < 0 {
				t.Fatalf("points: %v, want at least 12, among them the request and the second write", points)
			}
			for i, point := range points {
				c := m.crash(t, r.left, point, program)
				switch {
				case i <= sent: // one thread may read the answer before another has come back from sending
					c.wantNothingLost(t, r.left > 0)
				case i < kept:
					c.wantInDoubt(t, r.left > 0)
				default:
					c.wantKept(t)
				}
			}
			t.Logf("%d points, %d of them in doubt: %s", len(points), kept-sent-1, strings.Join(points, ", "))
		})
	}
}

// crash is a machine on which a program was killed.
type crash struct {
	*machine
	point  string
	before fob.Token // what was kept when it began
	asked  int       // token requests until then
}

// crash runs a program that refreshes the token of a new login, and kills it at point.
func (m *machine) crash(t *testing.T, left time.Duration, point string, program []string) *crash {
	t.Helper()
	m.login(t, left)
	counts := m.server.Counts()
	c := &crash{m, point, m.kept(t), counts.Requests()}
	if ws := m.trace(t, func(p string) bool { return p == point }, program...); ws.Signal() != syscall.SIGKILL {
		t.Errorf("%s: ends with %v, want it killed there", point, ws)
	}
	m.wantUnharmed(t, point)
	return c
}

// wantNothingLost is for a server that has not been asked.
func (c *crash) wantNothingLost(t *testing.T, valid bool) {
	t.Helper()
	if valid {
		c.wantToken(t, c.before.Access, 0)
		c.leave(t, -time.Minute)
	}
	c.wantToken(t, "", 1)
}

// wantKept is for an answer that is durable.
func (c *crash) wantKept(t *testing.T) {
	t.Helper()
	tok := c.kept(t)
	if tok.Access == c.before.Access || tok.Refresh == c.before.Refresh {
		t.Errorf("%s: what the server gave is not kept", c.point)
	}
	c.wantToken(t, tok.Access, 1)
}

// wantInDoubt is for an answer that was lost. This server ends the login when the old refresh token comes back.
func (c *crash) wantInDoubt(t *testing.T, valid bool) {
	t.Helper()
	eventually(t, func() bool { return c.server.Counts().Requests() > c.asked }) // it may still be reading
	if c.decode(t).Intent.IsZero() {
		t.Errorf("%s: the record does not say that its refresh token is in doubt", c.point)
	}
	if valid {
		c.wantToken(t, c.before.Access, 1)
		c.leave(t, -time.Minute)
	}
	for range 2 {
		if got := c.run(t, "", "fob", "token", "corp"); got.code != 3 {
			t.Errorf("%s: exit status %d, want 3: login required; stderr:\n%s", c.point, got.code, got.stderr)
		}
	}
	c.wantRequests(t, 2)
}

// wantToken asks for a token, which shall be that one; "" is any that the server takes.
func (c *crash) wantToken(t *testing.T, want fob.Secret, requests int) {
	t.Helper()
	got := c.run(t, "", "fob", "token", "corp")
	access := fob.Secret(strings.TrimSpace(got.stdout))
	if got.code != 0 || want != "" && access != want || want == "" && !c.server.Valid(access) {
		t.Errorf("%s: the next caller has exit status %d and not the token; stderr:\n%s", c.point, got.code, got.stderr)
	}
	c.wantRequests(t, requests)
}

func (c *crash) wantRequests(t *testing.T, want int) {
	t.Helper()
	if got := c.server.Counts().Requests() - c.asked; got != want {
		t.Errorf("%s: %d token requests in all, want %d", c.point, got, want)
	}
}
