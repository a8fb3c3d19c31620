//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// become replaces fob by another program, and returns only if it cannot. Signals that were ignored when fob was started stay so, as nohup
// wants it; others are as they were.
func become(path string, argv, environ []string) error {
	signal.Reset()
	return syscall.Exec(path, argv, environ)
}

var passed = []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH}

// catch has the signals that are a command's sent here. There is no moment in which one of them would end fob, and leave a file behind.
func catch() <-chan os.Signal {
	c := make(chan os.Signal, 16)
	for _, sig := range passed {
		if !signal.Ignored(sig) { // else by the command too
			signal.Notify(c, sig)
		}
	}
	return c
}

// passOn sends the command a signal that fob got, unless the terminal has: it tells all of the foreground's process group, and two
// interrupts are not one.
func passOn(child *os.Process, sig os.Signal) {
	switch sig {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH:
		if inForeground() {
			return
		}
	}
	child.Signal(sig) // it may have ended
}

func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// status is what a shell makes of a process that has ended.
func status(p *os.ProcessState) int {
	if ws, ok := p.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return p.ExitCode()
}

// inherited is the descriptor that fob was started with, and is to pass on; nil: there is none, or it is fob's own.
func inherited(fd int) *os.File {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), "inherited")
}
