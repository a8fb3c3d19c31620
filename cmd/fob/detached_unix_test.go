//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detached has cmd run without a terminal, whoever runs the tests.
func detached(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}
