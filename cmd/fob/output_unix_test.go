//go:build unix

package main

import (
	"os/exec"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/oauthtest"
)

func TestAShellReadsBackWhatEnvWrites(t *testing.T) {
	const odd = "$(echo no) `x` 'q' \"d\" \\ \n;" + oauthtest.Canary
	line, err := output{form: "env", name: "T"}.write(new(config.Profile), fob.Token{Access: odd})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `eval "$1"; printf %s "$T"`, "sh", string(line))
	if got, err := cmd.Output(); err != nil || string(got) != odd {
		t.Errorf("a shell reads another token than was written: %v", err)
	}
}
