package main

import (
	"encoding/base64"
	"encoding/json"
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

func TestKubernetesGetsTheIDTokenUntilItsOwnEnd(t *testing.T) {
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
allow = ["kubernetes", "raw"]
kubernetes_token = "id"
`)
	tok := hour("access-of-corp", time.Now().Add(50*time.Minute))
	end := time.Now().Add(20 * time.Minute).Truncate(time.Second)
	tok.ID = fob.Secret("e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, end.Unix())) + ".fob-canary-7f3a9c")
	if err := m.keep("corp", tok); err != nil {
		t.Fatal(err)
	}
	for _, program := range [][]string{{"fob-helper"}, {"fob", "helper"}} {
		out := m.run(t, "", program[0], append(program[1:], "kubernetes", "--profile", "corp")...).stdout
		var got struct {
			Status struct{ Token, ExpirationTimestamp string }
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		told, err := time.Parse(time.RFC3339, got.Status.ExpirationTimestamp)
		if early := end.Sub(told); err != nil || got.Status.Token != string(tok.ID) || early < 0 || early > time.Minute {
			t.Errorf("%s: the ID token: %v; it ends %v before its own end, %v; want true, at most a minute", program[0], got.Status.Token == string(tok.ID), early, err)
		}
	}
	if got := m.run(t, "", "fob", "token", "corp", "--id"); got.stdout != string(tok.ID)+"\n" {
		t.Errorf("fob token --id: exit status %d and %d bytes, want the ID token; stderr %q", got.code, len(got.stdout), got.stderr)
	}
	tok.ID = ""
	if err := m.keep("corp", tok); err != nil {
		t.Fatal(err)
	}
	if got := m.run(t, "", "fob-helper", "kubernetes", "--profile", "corp"); got.code != 4 || got.stdout != "" {
		t.Errorf("without an ID token: exit status %d and %d bytes, want 4 and none; stderr %q", got.code, len(got.stdout), got.stderr)
	}
}
