//go:build unix

package main

import (
	"strings"
	"sync"
	"testing"
)

// Whoever sets up a machine does it all at once, and every bit of it can be undone afterwards.
func TestSetupsAtOnceAreAllUndone(t *testing.T) {
	tools := []string{"git", "docker", "podman", "go", "terraform", "pip", "uv", "vault", "bao"}
	m := machineFor(t, "[profile.corp]\nissuer = \"$SERVER\"\nclient_id = \"c\"\nclient_secret = { file = \"$WORK/secret\" }\nhosts = [\"git.corp.example\"]\n")
	m.atOnce(t, "setup", tools)
	if list := m.run(t, "", "fob", "setup").stdout; strings.Count(list, " yes ") != len(tools) {
		t.Errorf("%d tools were set up at once; fob knows of\n%s", len(tools), list)
	}
	m.atOnce(t, "unsetup", tools)
	if list := m.run(t, "", "fob", "setup").stdout; strings.Contains(list, " yes ") {
		t.Errorf("after unsetup of all that was set up:\n%s", list)
	}
	for _, name := range []string{"home/.gitconfig", "home/.docker", "home/.vault", "config/containers", "config/pip", "config/uv", "data/fob/setup.json"} {
		if exists(m.path(name)) {
			t.Errorf("%s is left behind", name)
		}
	}
}

// atOnce has a process for each tool do the same.
func (m *machine) atOnce(t *testing.T, command string, tools []string) {
	t.Helper()
	var wg sync.WaitGroup
	for _, tool := range tools {
		wg.Go(func() {
			if got := m.run(t, "", "fob", command, tool); got.code != 0 {
				t.Errorf("fob %s %s: %s", command, tool, got.stderr)
			}
		})
	}
	wg.Wait()
}
