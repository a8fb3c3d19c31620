package main

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/frontend/fronttest"
)

// goMachine has a token that was minted twenty minutes ago.
func goMachine(t *testing.T) *machine {
	t.Helper()
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["*.corp.example"]
`)
	now := time.Now()
	if err := m.keep("corp", fob.Token{Access: "access-of-corp", Issued: now.Add(-20 * time.Minute), Expiry: now.Add(40 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	return m
}

// goAsk is the token that a go gets which was answered with status.
func (m *machine) goAsk(t *testing.T, parent process, status int) string {
	t.Helper()
	s, _, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	h := &handler{app: &app{log: slog.New(slog.DiscardHandler)}, s: s, parent: func() (process, bool) { return parent, parent.ID != "" }}
	out := answered(t, h, fronttest.Call{Args: []string{"goauth", "https://git.corp.example/mod/@v/list"}, Stdin: fmt.Sprintf("HTTP/1.1 %d X\n\n", status)})
	_, header, _ := strings.Cut(out, "https://git.corp.example/\n\nAuthorization: Bearer ")
	return strings.TrimSpace(header)
}

func TestGoThatIsRefusedGetsAnotherToken(t *testing.T) {
	for name, parent := range map[string]process{"go": {"7 100", time.Second}, "who knows": {}} {
		t.Run(name, func(t *testing.T) {
			m := goMachine(t)
			for i, want := range []string{"access-1", "access-1", "access-1"} {
				if got := m.goAsk(t, parent, 401); got != want {
					t.Errorf("request %d was answered with %s, want %s", i+1, got, want)
				}
			}
		})
	}
}

func TestGoThatCannotHaveSentTheTokenGetsIt(t *testing.T) {
	m := goMachine(t)
	for status, parent := range map[int]process{401: {"7 100", time.Hour}, 403: {"8 100", time.Second}, 404: {"8 100", time.Second}, 410: {"8 100", time.Second}} {
		if got := m.goAsk(t, parent, status); got != "access-of-corp" {
			t.Errorf("after a %d, a go that began %v ago got %s, want the token that is kept", status, parent.Age, got)
		}
	}
	if n := m.server.Counts().Requests(); n != 0 {
		t.Errorf("%d token requests, want none", n)
	}
}
