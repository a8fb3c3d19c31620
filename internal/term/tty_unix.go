//go:build unix

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// The terminal that a process belongs to, wherever its streams lead.
const (
	terminal = "/dev/tty"
	keyboard = terminal
)

// unbound takes the bound off lines that are typed or pasted: a terminal keeps 4,096 bytes of one (macOS: 1,024), and drops the rest without a
// word. It goes on showing what is typed, and minding ^C, so that a death at any moment leaves little to mend.
func unbound(keys *os.File) (restore func()) {
	restore, _ = change(keys, func(modes *unix.Termios) {
		modes.Lflag &^= unix.ICANON
		modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	})
	return restore
}

// Unseen has a line that is typed not be shown, until restore, which is never nil.
func Unseen(keys *os.File) (restore func(), err error) {
	return change(keys, func(modes *unix.Termios) {
		modes.Lflag &^= unix.ECHO
		modes.Lflag |= unix.ICANON | unix.ISIG
		modes.Iflag |= unix.ICRNL
	})
}

func change(keys *os.File, how func(*unix.Termios)) (restore func(), err error) {
	var before *unix.Termios
	err = os.ErrInvalid // unless it gets that far
	control(keys, func(fd int) {
		if before, err = unix.IoctlGetTermios(fd, getModes); err == nil {
			modes := *before
			how(&modes)
			err = unix.IoctlSetTermios(fd, setModes, &modes)
		}
	})
	return func() {
		if err == nil {
			control(keys, func(fd int) { unix.IoctlSetTermios(fd, setModes, before) })
		}
	}, err
}

// control leaves f as Close can end its reads, which Fd would not.
func control(f *os.File, do func(fd int)) {
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { do(int(fd)) })
	}
}
