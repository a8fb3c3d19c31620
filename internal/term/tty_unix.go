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
	var before *unix.Termios
	control(keys, func(fd int) {
		modes, err := unix.IoctlGetTermios(fd, getModes)
		if err != nil {
			return
		}
		was := *modes
		before = &was
		modes.Lflag &^= unix.ICANON
		modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
		unix.IoctlSetTermios(fd, setModes, modes)
	})
	return func() {
		if before != nil {
			control(keys, func(fd int) { unix.IoctlSetTermios(fd, setModes, before) })
		}
	}
}

// control leaves f as Close can end its reads, which Fd would not.
func control(f *os.File, do func(fd int)) {
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { do(int(fd)) })
	}
}
