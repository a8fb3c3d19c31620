package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// seat is where a person sits: a terminal, and a program on it.
type seat struct {
	*os.File
	cmd *exec.Cmd

	mu   sync.Mutex
	seen bytes.Buffer
	more chan struct{} // gets a value when there is more to see
}

// sit starts cmd on a terminal of its own.
func sit(t *testing.T, cmd *exec.Cmd) *seat {
	t.Helper()
	master, slave := terminal(t)
	echo(t, slave)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	tty := &seat{File: master, cmd: cmd, more: make(chan struct{}, 1)}
	var watching sync.WaitGroup
	watching.Go(tty.watch)
	t.Cleanup(watching.Wait) // until the last process has left
	return tty
}

// echo has a terminal show what is typed, as people's do.
func echo(t *testing.T, tty *os.File) {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err == nil {
		modes.Lflag |= unix.ECHO
		err = unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, modes)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (tty *seat) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := tty.Read(buf)
		tty.mu.Lock()
		tty.seen.Write(buf[:n])
		tty.mu.Unlock()
		select {
		case tty.more <- struct{}{}:
		default:
		}
		if err != nil { // EIO, when the last process has left
			return
		}
	}
}

func (tty *seat) shown() string {
	tty.mu.Lock()
	defer tty.mu.Unlock()
	return tty.seen.String()
}

// wait waits until the screen shows what pattern says, and returns its first group.
func (tty *seat) wait(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(20 * time.Second)
	for {
		if found := re.FindStringSubmatch(tty.shown()); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-tty.more:
		case <-late:
			t.Fatalf("the screen never showed %q, but\n%s", pattern, tty.shown())
		}
	}
}

// enter types a line.
func (tty *seat) enter(t *testing.T, text string) {
	t.Helper()
	if _, err := tty.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// left is how the program left the terminal, and its exit status.
func (tty *seat) left(t *testing.T) (code int, echoes bool) {
	t.Helper()
	tty.cmd.Wait()
	return tty.cmd.ProcessState.ExitCode(), tty.echoes(t)
}

// echoes reports whether what is typed is shown.
func (tty *seat) echoes(t *testing.T) bool { return tty.has(t, unix.ECHO) }

// takesLines reports whether what is typed is read by lines, which the terminal bounds.
func (tty *seat) takesLines(t *testing.T) bool { return tty.has(t, unix.ICANON) }

func (tty *seat) has(t *testing.T, mode uint32) bool {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return modes.Lflag&mode != 0
}
