//go:build unix

package fob

import (
	"os"
	"syscall"
)

// lockFlags opens a lock file, and never through a link.
const lockFlags = os.O_CREATE | os.O_RDWR | syscall.O_NOFOLLOW
