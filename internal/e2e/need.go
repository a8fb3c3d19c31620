package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// require is FOB_E2E_REQUIRE=1: nothing may be missing.
var require = os.Getenv("FOB_E2E_REQUIRE") == "1"

// unpackaged are the programs that install.sh can install from nowhere, and why. A test that needs one skips where it is missing, even if require.
var unpackaged = map[string]string{
	"terraform": "its licence keeps it out of Debian, and its source takes minutes to build; the package by which it runs its helpers is tested without it",
}

// need ends the test at the first program that is not on PATH: it skips it, or fails it if require.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			missing(t, name)
		}
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if why, ok := unpackaged[what]; ok {
		t.Skipf("%s is not installed: %s", what, why)
	}
	if require {
		t.Fatalf("%s is not installed, and FOB_E2E_REQUIRE=1", what)
	}
	t.Skipf("%s is not installed: internal/e2e/install.sh installs it", what)
}
