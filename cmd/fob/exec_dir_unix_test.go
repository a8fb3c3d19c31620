//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What kill -9 left is removed by the next command that gets a file, and what belongs to one that runs is not.
func TestTheFileOfAKilledFobGoesWithTheNext(t *testing.T) {
	m := machineFor(t, execConfig)
	run := m.path("run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	next := func() {
		t.Helper()
		for _, dir := range dirs(t, run) { // one that is young may be in the making
			if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-2*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), m.path("bin", "fob"), "exec", "corp", "--file", "T", "--", "true")
		cmd.Env = append(m.environ, "XDG_RUNTIME_DIR="+run)
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
	}
	fob := exec.CommandContext(t.Context(), m.path("bin", "fob"), "exec", "corp", "--file", "T", "--", os.Args[0])
	fob.Env = append(m.environ, "XDG_RUNTIME_DIR="+run, "LISTEN=yes")
	in, err := fob.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := fob.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := fob.Start(); err != nil {
		t.Fatal(err)
	}
	expect(t, bufio.NewScanner(out), "ready")
	if next(); len(dirs(t, run)) != 1 {
		t.Errorf("%d directories, want that of the command that runs", len(dirs(t, run)))
	}
	fob.Process.Kill()
	in.Close() // which ends the command
	fob.Wait()
	if len(dirs(t, run)) != 1 {
		t.Fatalf("%d directories after kill -9, want the one that it left", len(dirs(t, run)))
	}
	if next(); len(dirs(t, run)) != 0 {
		t.Errorf("%d directories, want none", len(dirs(t, run)))
	}
}

// dirs are those that commands' files lie in.
func dirs(t *testing.T, run string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(run, "fob-exec-*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}
