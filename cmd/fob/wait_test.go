package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/paths"
)

func TestRekeyTellsWhomItWaitsForAndWaitsNoLonger(t *testing.T) {
	m := machineFor(t, "[profile.corp]\ntoken_endpoint = \"$SERVER/token\"\nclient_id = \"c\"\nclient_secret = { file = \"$WORK/none\" }\nallow = [\"raw\"]\n")
	synctest.Test(t, func(t *testing.T) {
		s, p, err := m.profile("corp")
		if err != nil {
			t.Fatal(err)
		}
		tokens := fob.Dir(paths.Tokens(s.State))
		unlock, err := tokens.Lock(t.Context(), p.Key.Name())
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if err := tokens.Put(t.Context(), p.Key.Name(), []byte("whatever")); err != nil {
			t.Fatal(err)
		}
		lock := filepath.Join(string(tokens), p.Key.Name()+".lock")
		who := "another process"
		if runtime.GOOS == "linux" {
			who = fmt.Sprintf("process %d (%s)", os.Getpid(), program(t))
		}
		var said bytes.Buffer
		code := run(t.Context(), []string{"fob", "rekey"}, std{environ: append(m.environ, "FOB_LOG="), stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said})
		want := "fob: waiting for " + who + ", which holds " + lock + "\n0 records sealed anew; the key now lies in " + s.Ring.Path + "\n" +
			"fob: record " + p.Key.Name() + ": another process has held its lock for a minute\nfob: 1 record left as before, and the old key stays for them\n"
		if code != 75 || said.String() != want {
			t.Errorf("exit status %d, want 75; stderr:\n%swant:\n%s", code, &said, want)
		}
	})
}

// program is the name that the system has for this one, on Linux.
func program(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(name))
}

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
