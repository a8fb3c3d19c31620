package main

import (
	"os/exec"
	"syscall"
)

// detached has cmd run without a console, whoever runs the tests.
func detached(cmd *exec.Cmd) *exec.Cmd {
	const detachedProcess = 8 // DETACHED_PROCESS
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess}
	return cmd
}
