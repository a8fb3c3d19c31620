package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// parentName is the program that runs this one, up to 16 bytes of it; empty: unknown. It is the tool, since
// fob-helper becomes fob where it can.
func parentName() string {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getppid())
	if err != nil {
		return ""
	}
	return unix.ByteSliceToString(info.Proc.P_comm[:])
}
