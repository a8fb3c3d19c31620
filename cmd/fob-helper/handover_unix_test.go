//go:build unix

package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/fobkit/fob/credhelper"
)

func TestAFobThatIsKilledIsNoSuccess(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -KILL $$": 128 + int(syscall.SIGKILL), "kill -TERM $$": 128 + int(syscall.SIGTERM)} {
		got, err := spawn("/bin/sh", []string{"sh", "-c", script}, strings.NewReader(""))
		if got != want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", script, got, err, want)
		}
	}
}

func TestARequestThatAPipeMayNotTakeGoesToAChild(t *testing.T) {
	rest := &credhelper.HandOver{Read: make([]byte, 4097), End: true} // a page, and what would wait for a reader
	if code, done, err := replace("/nonexistent/fob", nil, rest); done {
		t.Errorf("this process was to become fob: %d, %v", code, err)
	}
}
