//go:build unix

package main

import (
	"os"
	"syscall"
)

const rootDir = "/"

// ownSession keeps the terminal's signals, and its end, from the child.
var ownSession = &syscall.SysProcAttr{Setsid: true}

// claimRefresh takes the right to start the one refresh of a record. It passes to the child with the open file, and ends with it: of
// many helpers that find the same token stale, one starts a fob.
func claimRefresh(path string) (claim []*os.File, ok bool) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, false
	}
	return []*os.File{f}, syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
