package main

import (
	"os"
	"strconv"
	"time"

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

// parentProcess is the process that parentName names. ok is false where the system does not tell.
func parentProcess() (p process, ok bool) {
	pid := os.Getppid()
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return process{}, false
	}
	start := info.Proc.P_starttime
	return process{
		ID:  strconv.Itoa(pid) + " " + strconv.FormatInt(start.Nano(), 10),
		Age: time.Since(time.Unix(0, start.Nano())),
	}, true
}
