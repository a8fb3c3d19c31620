//go:build unix

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/frontend/fronttest"
)

// noise is what whatever fob runs may do: the secret is the first line's.
const noise = `#!/bin/sh
cat "%"
echo noise >&2
echo noise >/dev/tty 2>/dev/null || true
`

func TestNoiseChangesNothingOnStdout(t *testing.T) {
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { command = ["$WORK/noise"] }
hosts = ["registry.corp.example"]
allow = ["kubernetes", "raw"]
`)
	script := strings.ReplaceAll(noise, "%", m.path("secret"))
	if err := os.WriteFile(m.path("noise"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	calls := map[string]fronttest.Call{"raw": {Args: []string{"raw", "--profile", "corp"}}}
	for name, call := range fronttest.Calls {
		calls[name] = call(fronttest.Place{Scheme: "https", Host: "registry.corp.example", Path: "team/app"})
	}
	for name, c := range calls {
		if err := m.keep("corp", hour("access-a", time.Now().Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		want := m.answer(t, c, m.quiet())
		if !strings.Contains(want, "access-a") {
			t.Errorf("%s: %d bytes without the token", name, len(want))
		}
		if got := m.answer(t, c, append(m.environ, "FOB_PROFILE=corp", "BROWSER="+m.path("noise"))); got != want { // by way of fob, which logs all it can
			t.Errorf("%s: stdout of %d bytes in noise, want the %d of silence", name, len(got), len(want))
		}
		if err := m.keep("corp", hour("access-b", time.Now().Add(-time.Minute))); err != nil { // expired: fob asks, and runs the command
			t.Fatal(err)
		}
		if got := m.answer(t, c, m.environ); strings.Contains(got, "noise") || strings.Count(got, "\n") != strings.Count(want, "\n") {
			t.Errorf("%s: a minted token's answer has %d lines, want %d without noise", name, strings.Count(got, "\n"), strings.Count(want, "\n"))
		}
	}
}

// TestBothProgramsRefuseInTheSameWords: what a tool is told of a place that is no profile's does not depend on whether fob was asked.
func TestBothProgramsRefuseInTheSameWords(t *testing.T) {
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["registry.corp.example/team"]
`)
	if err := m.keep("corp", hour("access-a", time.Now().Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	for name, call := range fronttest.Calls {
		for _, p := range []fronttest.Place{
			{Scheme: "https", Host: "other.example"}, {Scheme: "https", Host: "registry.corp.example", Path: "other"},
			{Scheme: "http", Host: "registry.corp.example", Path: "team"}, {Scheme: "https", Host: "ann@registry.corp.example", Path: "team"},
		} {
			c := call(p)
			if got, want := m.answer(t, c, m.quiet()), m.answer(t, c, append(m.environ, "FOB_PROFILE=corp")); got != want {
				t.Errorf("%s for %s: fob-helper prints %q, fob %q", name, fronttest.URL(p), got, want)
			}
		}
	}
}

// answer is what fob-helper prints to c in that environment.
func (m *machine) answer(t *testing.T, c fronttest.Call, environ []string) string {
	t.Helper()
	cmd := m.command(t, c.Stdin, "fob-helper", c.Args...)
	for name, value := range c.Env {
		environ = append(environ[:len(environ):len(environ)], name+"="+value)
	}
	cmd.Env = environ
	return remains.ReplaceAllString(finish(t, cmd).stdout, "")
}

// remains is what the kubelet is told of the time that is left, which goes by.
var remains = regexp.MustCompile(`"cacheDuration":"[^"]*"`)
