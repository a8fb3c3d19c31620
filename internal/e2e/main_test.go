package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds fob, fob-helper and goclient, runs the tests with them and removes them.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fob-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for _, args := range [][]string{
		{"build", "-C", "../..", "-o", dir, "./cmd/fob", "./cmd/fob-helper"},
		{"build", "-o", dir, "./goclient"},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go %s: %v\n%s", args, err, out)
			return 1
		}
	}
	binDir = dir
	return m.Run()
}
