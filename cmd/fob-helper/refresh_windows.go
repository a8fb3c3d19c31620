package main

import (
	"os"
	"syscall"
)

const rootDir = `C:\`

// detachedProcess: no console of its parent's.
const detachedProcess = 0x00000008

var ownSession = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | detachedProcess}

// claimRefresh takes nothing on Windows, where no lock passes to a child: one fob of several finds the token replaced, and ends.
func claimRefresh(string) (claim []*os.File, ok bool) { return nil, true }
