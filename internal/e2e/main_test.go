package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds fob, fob-helper, goclient, fleetmember and crane, runs the tests with them and removes them.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fob-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for _, args := range [][]string{
		{"build", "-C", "../..", "-o", dir, "./cmd/fob", "./cmd/fob-helper"},
		{"build", "-o", dir, "./goclient", "./fleetmember", "github.com/google/go-containerregistry/cmd/crane"},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go %s: %v\n%s", args, err, out)
			return 1
		}
	}
	binDir = dir
	unsetFOB()
	return m.Run()
}

// unsetFOB keeps what the developer's own fob is told from the one under test, which client-go runs in this environment.
func unsetFOB() {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "FOB_") {
			os.Unsetenv(name)
		}
	}
}
