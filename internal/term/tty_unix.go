//go:build unix

package term

// The terminal that a process belongs to, wherever its streams lead.
const (
	terminal = "/dev/tty"
	keyboard = terminal
)
