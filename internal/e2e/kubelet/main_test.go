package kubelet

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// binDir holds fob and fob-helper, as TestMain built them.
var binDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	os.Unsetenv("FOB_E2E_REQUIRE") // the kubelet hands its own environment on, and fob knows all of its variables
	dir, err := os.MkdirTemp("", "fob-kubelet-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("go", "build", "-C", "../../..", "-o", dir, "./cmd/fob", "./cmd/fob-helper").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	binDir = dir
	return m.Run()
}
