//go:build unix && !linux

package term

import "golang.org/x/sys/unix"

// The requests of tcgetattr(3) and tcsetattr(3).
const getModes, setModes = unix.TIOCGETA, unix.TIOCSETA
