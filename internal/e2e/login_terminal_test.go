package e2e

import (
	"strings"
	"testing"
)

func TestATerminalIsPaintedOnlyWhereItMayBe(t *testing.T) {
	w := newLoginWorldWithout(t)
	for _, tc := range []struct {
		env         string
		bold, drawn bool
	}{
		{"TERM=xterm", true, true},
		{"NO_COLOR=1", false, true},
		{"TERM=dumb", false, false},
	} {
		name, value, _ := strings.Cut(tc.env, "=")
		w.env["TERM"], w.env["NO_COLOR"] = "xterm", ""
		w.env[name] = value
		tty := w.sit(t, "fob", "login", "p", "--device", "--timeout", "500ms")
		if status := tty.left(); status != 3 {
			t.Errorf("%s: exit status %d, want 3", tc.env, status)
		}
		raw := string(tty.raw)
		if got := strings.Contains(raw, "\x1b[1m"); got != tc.bold {
			t.Errorf("%s: bold is %v, want %v", tc.env, got, tc.bold)
		}
		if got := strings.Contains(raw, "waiting for you"); got != tc.drawn {
			t.Errorf("%s: the time left is shown: %v, want %v", tc.env, got, tc.drawn)
		}
		if want := "\nfob: profile p: nobody completed the login in time\nfob: hint: run \"fob login p\"\n"; !strings.HasSuffix(tty.screen(), want) {
			t.Errorf("%s: the screen ends otherwise than in%s\n%s", tc.env, want, tty.screen())
		}
	}
}

// What a person is told to do breaks at its own lines; only a URL, which must not be broken, may be longer.
func TestWhatToDoFitsATerminal(t *testing.T) {
	w := newLoginWorldWithout(t)
	w.env["TERM"] = "dumb" // each line is written once
	for _, way := range []string{"--device", "--browser", "--no-browser"} {
		tty := w.sit(t, "fob", "login", "p", way, "--timeout", "300ms")
		tty.left()
		for line := range strings.SplitSeq(string(tty.raw), "\r\n") {
			if len(line) >= columns && !strings.HasPrefix(line, "https://") {
				t.Errorf("%s: %d columns:\n%s", way, len(line), line)
			}
		}
	}
}
