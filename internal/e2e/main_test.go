package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds fob and fob-helper, tests them and removes them.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fob-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-C", "../..", "-o", dir, "./cmd/fob", "./cmd/fob-helper")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: fob and fob-helper do not build:", err)
		return 1
	}
	binDir = dir
	return m.Run()
}
