package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The terminal tells all of the foreground's process group of ^C. If fob passed it on, the command would be told twice.
func TestACommandAtATerminalIsInterruptedOnce(t *testing.T) {
	m := machineFor(t, execConfig)
	master, tty := terminal(t)
	fob := exec.CommandContext(t.Context(), m.path("bin", "fob"), "exec", "corp", "--file", "T", "--", os.Args[0])
	fob.Env = append(m.environ, "LISTEN=yes", "FOB_LOG=")
	fob.Stdin, fob.Stdout, fob.SysProcAttr = tty, tty, &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := fob.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	lines := bufio.NewScanner(master)
	expectAt(t, lines, "ready")
	for range 3 {
		if _, err := master.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		expectAt(t, lines, "interrupt")
		if err := fob.Process.Signal(syscall.SIGUSR1); err != nil { // which fob gets after ^C, and passes on
			t.Fatal(err)
		}
		expectAt(t, lines, "user defined signal 1")
	}
	if _, err := master.WriteString("\x04"); err != nil { // the end of stdin
		t.Fatal(err)
	}
	if fob.Wait(); fob.ProcessState.ExitCode() != 40 {
		t.Errorf("exit status %d, want the command's, 40", fob.ProcessState.ExitCode())
	}
}

// ^Z stops fob and the command as one job of the shell's, and fg goes on with both.
func TestACommandAtATerminalIsStoppedAndGoesOn(t *testing.T) {
	m := machineFor(t, execConfig)
	master, tty := terminal(t)
	sh := exec.CommandContext(t.Context(), "/bin/sh", "-c", `set -m; fob exec corp --file T -- "$0"; echo stopped $?; fg >/dev/null; echo ended $?; read last`, os.Args[0])
	sh.Env = append(m.environ, "LISTEN=yes", "FOB_LOG=")
	sh.Stdin, sh.Stdout, sh.Stderr, sh.SysProcAttr = tty, tty, nil, &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	lines := bufio.NewScanner(master)
	for _, step := range []struct{ typed, shown string }{
		{"", "ready"}, {"\x1a", fmt.Sprint("stopped ", 128+int(syscall.SIGTSTP))},
		{"", "continued"}, {"\x03", "interrupt"}, {"\x03", "interrupt"}, {"\x04", "ended 40"},
	} {
		if _, err := master.WriteString(step.typed); err != nil {
			t.Fatal(err)
		}
		expectAt(t, lines, step.shown)
	}
	master.WriteString("\n") // what the shell said is lost if it ends before that is read
	if err := sh.Wait(); err != nil {
		t.Error(err)
	}
}

func expectAt(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	if lines.Scan(); strings.TrimSuffix(lines.Text(), "\r") != want {
		t.Fatalf("the terminal shows %q, %v, want %q", lines.Text(), lines.Err(), want)
	}
}

// terminal is a pair of pseudoterminals (pts(4)). It shows nothing but what programs say, and all of that: ^C throws away nothing of it.
func terminal(t *testing.T) (master, tty *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	modes, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err == nil {
		modes.Lflag = modes.Lflag&^unix.ECHO | unix.NOFLSH
		err = unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, modes)
	}
	if err != nil {
		t.Fatal(err)
	}
	return master, tty
}
