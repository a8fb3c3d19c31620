package main

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/frontend/fronttest"
)

func TestAnIDTokenThatEndsBeforeItsAccessTokenIsReplaced(t *testing.T) {
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
allow = ["google"]
`)
	for i, c := range []struct {
		life time.Duration
		want int
	}{{30 * time.Minute, 0}, {30 * time.Second, 1}} {
		claims := fmt.Sprintf(`{"exp":%d,"n":%d}`, time.Now().Add(c.life).Unix(), i)
		tok := hour("access-of-corp", time.Now().Add(50*time.Minute))
		tok.ID = fob.Secret("e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".fob-canary-7f3a9c")
		if err := m.keep("corp", tok); err != nil {
			t.Fatal(err)
		}
		s, _, err := m.profile("corp")
		if err != nil {
			t.Fatal(err)
		}
		h := &handler{app: &app{log: slog.New(slog.DiscardHandler)}, s: s}
		out := answered(t, h, fronttest.Call{Args: []string{"google", "--profile", "corp"}})
		if n := m.server.Counts().Requests(); n != c.want || strings.Contains(out, string(tok.ID)) != (c.want == 0) {
			t.Errorf("an ID token for %v: %d token requests, given out: %v; want %d", c.life, n, strings.Contains(out, string(tok.ID)), c.want)
		}
	}
}
