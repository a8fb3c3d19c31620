//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A secret's command may start an agent. It must not hold the claim, or there would be no refresh as long as it lives.
func TestWhatASecretsCommandLeavesRunningHoldsNoClaim(t *testing.T) {
	m := machineFor(t, `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { command = ["$WORK/agent.sh"] }
hosts = ["git.corp.example"]
`)
	script := "#!/bin/sh\nsleep 60 </dev/null >/dev/null 2>&1 &\necho $! >> '" + m.path("agents") + "'\ncat '" + m.path("secret") + "'\n"
	if err := m.write("agent.sh", script); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(m.path("agent.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endAgents(t, m.path("agents")) })
	if err := m.keep("corp", hour("access-0", time.Now().Add(2*time.Minute))); err != nil { // stale, and valid
		t.Fatal(err)
	}
	get := exec.CommandContext(t.Context(), m.path("bin", "git-credential-fob"), "get")
	get.Env, get.Stdin = append(m.environ, "CI=true"), strings.NewReader("protocol=https\nhost=git.corp.example\n\n") // so that it waits for the refresh
	if err := get.Run(); err != nil {
		t.Fatal(err)
	}
	if n := m.server.Counts().Requests(); n != 1 {
		t.Fatalf("%d token requests, want one refresh", n)
	}
	claims, _ := filepath.Glob(m.path("state/fob/tokens/*.claim"))
	if len(claims) != 1 {
		t.Fatalf("%d claims, want 1", len(claims))
	}
	f, err := os.Open(claims[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Errorf("the claim is taken after the refresh: %v", err)
	}
}

// endAgents ends the processes whose numbers are in file.
func endAgents(t *testing.T, file string) {
	list, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
	}
	for line := range strings.FieldsSeq(string(list)) {
		if pid, err := strconv.Atoi(line); err == nil {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
