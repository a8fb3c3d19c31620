//go:build unix

package main

import (
	"strings"
	"syscall"
	"testing"
)

func TestAFobThatIsKilledIsNoSuccess(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -KILL $$": 128 + int(syscall.SIGKILL), "kill -TERM $$": 128 + int(syscall.SIGTERM)} {
		got, err := spawn("/bin/sh", []string{"sh", "-c", script}, &recorder{from: strings.NewReader("")})
		if got != want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", script, got, err, want)
		}
	}
}

func TestARequestThatAPipeMayNotTakeGoesToAChild(t *testing.T) {
	in := &recorder{end: true}
	in.kept.WriteString(strings.Repeat("x", 4097)) // a page, and what would wait for a reader
	if code, done, err := replace("/nonexistent/fob", nil, in); done {
		t.Errorf("this process was to become fob: %d, %v", code, err)
	}
}
