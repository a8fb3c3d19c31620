package main

import (
	"os"

	"github.com/fobkit/fob/credhelper"
)

const fobName = "fob.exe"

// replace cannot be done on Windows.
func replace(string, []string, *credhelper.HandOver) (code int, done bool, err error) {
	return 0, false, nil
}

// exitStatus is that of a child that is gone.
func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
