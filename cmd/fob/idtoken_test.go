package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/frontend/fronttest"
	"github.com/fobkit/fob/internal/oauthtest"
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

func TestAnIDTokenThatCannotBeReplacedCostsOtherToolsNothing(t *testing.T) {
	for _, life := range []time.Duration{30 * time.Second, -time.Minute} {
		m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
allow = ["google", "kubernetes", "raw"]
kubernetes_token = "id"
`)
		tok := hour("access-of-corp", time.Now().Add(50*time.Minute))
		tok.ID = idToken(time.Now().Add(life))
		if err := m.keep("corp", tok); err != nil {
			t.Fatal(err)
		}
		m.server.Fault(oauthtest.Fault{Answer: oauthtest.OAuthError(http.StatusUnauthorized, "invalid_client"), Times: -1})
		for range 2 {
			for _, front := range []string{"google", "kubernetes"} {
				if got := m.run(t, "", "fob-helper", front, "--profile", "corp"); strings.Contains(got.stdout, string(tok.ID)) != (life > 0) {
					t.Errorf("%s, an ID token for %v: given out: %v, exit status %d; want it while it is valid", front, life, life <= 0, got.code)
				}
			}
		}
		if got := m.run(t, "", "fob-helper", "raw", "--profile", "corp"); got.stdout != "access-of-corp\n" {
			t.Errorf("after an ID token for %v: raw gets exit status %d and %q, want the access token that is still valid", life, got.code, got.stdout)
		}
		if n := m.server.Counts().Requests(); n != 1 {
			t.Errorf("an ID token for %v: four calls cost %d token requests, want 1", life, n)
		}
	}
}

// idToken is one that ends then.
func idToken(end time.Time) fob.Secret {
	claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, end.Unix()))
	return fob.Secret("e30." + claims + ".fob-canary-7f3a9c")
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
	tok.ID = idToken(end)
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
