package main

import (
	"os"
	"syscall"
)

const rootDir = `C:\`

// detachedProcess: no console of its parent's.
const detachedProcess = 0x00000008

var ownSession = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | detachedProcess}

// claimRefresh is no lock on Windows, where none passes to a child: fob itself finds the record's lock held, and ends.
func claimRefresh(string) (*os.File, bool) {
	f, err := os.Open(os.DevNull)
	return f, err == nil
}
