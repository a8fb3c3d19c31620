//go:build unix

package login

import "syscall"

// apart keeps what the terminal sends to this program's group, ^C above all, from a browser.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// root is a directory that nobody else fills: a tool may have been run in one that is not trusted.
func root() string { return "/" }
