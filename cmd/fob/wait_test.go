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

func TestLogoutWaitsForAnotherProcessesMintAndNoLonger(t *testing.T) {
	const notice = "fob: waiting for another process, which is minting the token of corp\n"
	for name, tc := range map[string]struct {
		busy time.Duration // how long the other process holds the lock
		code int
		said string
	}{
		"a moment": {silence / 2, 0, "logged out of corp\n"},
		"a while":  {10 * time.Second, 0, notice + "logged out of corp\n"},
		"for ever": {time.Hour, 75, notice + "fob: profile corp: another process is minting its token, and has not come to an end in a minute\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m := machineFor(t, "[profile.corp]\nissuer = \"$SERVER\"\nclient_id = \"c\"\nclient_secret = { file = \"$WORK/secret\" }\n")
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
				code := run(t.Context(), []string{"fob", "logout", "corp"}, std{environ: append(m.environ, "FOB_LOG="), stdin: strings.NewReader(""), stdout: &out, stderr: &said})
				if code != tc.code || said.String() != tc.said || time.Since(begin) > patience {
					t.Errorf("exit status %d after %v, want %d; stderr:\n%swant:\n%s", code, time.Since(begin), tc.code, &said, tc.said)
				}
			})
		})
	}
}
