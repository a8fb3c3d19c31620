package login

import (
	"os"
	"syscall"
)

// apart keeps ^C in this program's console from a browser.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// root is a directory that nobody else fills: a tool may have been run in one that is not trusted.
func root() string { return os.Getenv("SystemRoot") }
