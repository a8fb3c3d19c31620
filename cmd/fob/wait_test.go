package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/paths"
)

func TestWhoWaitsForAnotherProcessesMintIsToldAndWaitsNoLonger(t *testing.T) {
	const notice = "fob: waiting for another process, which is minting the token of corp\n"
	const busy = "fob: profile corp: another process is minting its token, and has not come to an end in a minute\n"
	const secret = "fob: profile corp: client_secret: " // which a login that has the lock finds missing
	for name, tc := range map[string]struct {
		command string
		busy    time.Duration // how long the other process holds the lock
		code    int
		said    string // to begin with
	}{
		"logout, a moment": {"logout", silence / 2, 0, "nothing was kept for corp\n"},
		"logout, a while":  {"logout", 10 * time.Second, 0, notice + "nothing was kept for corp\n"},
		"logout, for ever": {"logout", time.Hour, 75, notice + busy},
		"login, a moment":  {"login", silence / 2, 2, secret},
		"login, a while":   {"login", 10 * time.Second, 2, notice + secret},
		"login, for ever":  {"login", time.Hour, 75, notice + busy},
		"token, a moment":  {"token", silence / 2, 2, secret},
		"token, a while":   {"token", 10 * time.Second, 2, notice + secret},
		"token, for ever":  {"token", time.Hour, 75, notice + "fob: profile corp: waiting for another process: "},
	} {
		t.Run(name, func(t *testing.T) {
			m := machineFor(t, "[profile.corp]\ntoken_endpoint = \"$SERVER/token\"\nclient_id = \"c\"\nclient_secret = { file = \"$WORK/none\" }\nallow = [\"raw\"]\n")
			synctest.Test(t, func(t *testing.T) {
				s, p, err := m.profile("corp")
				if err != nil {
					t.Fatal(err)
				}
				unlock, err := fob.Dir(paths.Tokens(s.State)).Lock(t.Context(), p.Key.Name())
				if err != nil {
					t.Fatal(err)
				}
				defer unlock()
				other := time.AfterFunc(tc.busy, unlock)
				defer other.Stop()
				begin := time.Now()
				var out, said bytes.Buffer
				code := run(t.Context(), []string{"fob", tc.command, "corp"}, std{environ: append(m.environ, "FOB_LOG="), stdin: strings.NewReader(""), stdout: &out, stderr: &said})
				if code != tc.code || !strings.HasPrefix(said.String(), tc.said) || time.Since(begin) > patience {
					t.Errorf("exit status %d after %v, want %d; stderr:\n%swant:\n%s", code, time.Since(begin), tc.code, &said, tc.said)
				}
			})
		})
	}
}
