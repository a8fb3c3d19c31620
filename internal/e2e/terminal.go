package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// columns is how wide a terminal is here, which is what most begin with.
const columns = 80

// terminal is a window in which a person runs a command.
type terminal struct {
	keys *os.File
	cmd  *exec.Cmd
	said chan []byte // what the command has written; closed when it has ended
	raw  []byte
}

// sit runs a command of m in a terminal.
func (m *machine) sit(t *testing.T, name string, args ...string) *terminal {
	t.Helper()
	keys, line := openTerminal(t)
	defer line.Close()
	cmd := m.command(t, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = line, line, line
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty := &terminal{keys: keys, cmd: cmd, said: make(chan []byte, 1000)}
	go tty.read()
	t.Cleanup(func() {
		cmd.Process.Kill()
		for range tty.said {
		}
		keys.Close()
	})
	return tty
}

// openTerminal makes a pseudo-terminal: its keys and screen, and the line to the program.
func openTerminal(t *testing.T) (keys, line *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(keys.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0), unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}))
	if err != nil {
		t.Fatal(err)
	}
	line, err = os.OpenFile(filepath.Join("/dev/pts", strconv.Itoa(n)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return keys, line
}

// read ends with an error when no program is left on the line.
func (tty *terminal) read() {
	defer close(tty.said)
	for {
		chunk := make([]byte, 4096)
		n, err := tty.keys.Read(chunk)
		if err != nil {
			return
		}
		tty.said <- chunk[:n]
	}
}

// await waits until pattern is on the screen, and returns what its groups match.
func (tty *terminal) await(t *testing.T, pattern string) []string {
	t.Helper()
	wanted, late := regexp.MustCompile(pattern), time.After(patience)
	for {
		if found := wanted.FindStringSubmatch(tty.screen()); found != nil {
			return found[1:]
		}
		select {
		case text, ok := <-tty.said:
			if tty.raw = append(tty.raw, text...); !ok {
				t.Fatalf("it ended without %q on the screen:\n%s", pattern, tty.screen())
			}
		case <-late:
			t.Fatalf("no %q on the screen:\n%s", pattern, tty.screen())
		}
	}
}

// enter types text, and Enter.
func (tty *terminal) enter(t *testing.T, text string) {
	t.Helper()
	if _, err := tty.keys.WriteString(text + "\r"); err != nil {
		t.Fatal(err)
	}
}

// left waits for the command's end, and returns its exit status.
func (tty *terminal) left() int {
	for text := range tty.said {
		tty.raw = append(tty.raw, text...)
	}
	tty.cmd.Wait()
	return tty.cmd.ProcessState.ExitCode()
}

// escape is a control sequence; of those that fob writes, only "erase to the end of the line" moves anything.
var escape = regexp.MustCompile(`^\x1b\[[0-9;]*[a-zA-Z]`)

// screen is what the person sees, scrolled up to the beginning.
func (tty *terminal) screen() string {
	rows, row, col := [][]byte{nil}, 0, 0
	for text := string(tty.raw); text != ""; text = text[1:] {
		if sequence := escape.FindString(text); sequence != "" {
			if sequence == "\x1b[K" {
				rows[row] = rows[row][:min(col, len(rows[row]))]
			}
			text = text[len(sequence)-1:]
			continue
		}
		switch c := text[0]; {
		case c == '\r':
			col = 0
			continue
		case c == '\n', col == columns:
			if row++; row == len(rows) {
				rows = append(rows, nil)
			}
			if c == '\n' {
				continue
			}
			col = 0
			fallthrough
		default:
			rows[row] = append(rows[row][:min(col, len(rows[row]))], append([]byte{c}, rows[row][min(col+1, len(rows[row])):]...)...)
			col++
		}
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, string(r))
	}
	return strings.Join(lines, "\n")
}
