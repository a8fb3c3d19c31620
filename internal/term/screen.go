package term

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Screen is where a person is told what to do: stderr, and the terminal beside it if a tool has taken stderr for itself.
type Screen struct {
	Seen   bool // somebody may be there to see it: one of the two is a terminal
	Live   bool // it can be drawn over
	Colour bool

	out     io.Writer // the terminal, else stderr
	log     io.Writer // stderr, if that is another; nil: it is not
	open    []*os.File
	restore func()        // of the keyboard's modes; nil: they are as they were
	over    chan struct{} // closed by Close

	mu    sync.Mutex // guards the writers and
	drawn bool       // the last line is Wait's
}

// Open is the Screen of who runs this process. Close it.
func Open(stderr io.Writer, getenv func(string) string) *Screen {
	s := &Screen{out: stderr, over: make(chan struct{})}
	if !Is(stderr) {
		s.findTerminal(stderr)
	}
	s.Seen = Is(s.out)
	s.Live = s.Seen && getenv("TERM") != "dumb"
	s.Colour = s.Live && getenv("NO_COLOR") == ""
	return s
}

func (s *Screen) findTerminal(stderr io.Writer) {
	tty, err := os.OpenFile(terminal, os.O_RDWR, 0)
	if err != nil {
		return
	}
	s.out, s.log, s.open = tty, stderr, append(s.open, tty)
}

// Close gives the terminal back.
func (s *Screen) Close() {
	close(s.over)
	if s.restore != nil {
		s.restore()
	}
	for _, f := range s.open {
		f.Close()
	}
}

// Say writes text, which has line feeds of its own.
func (s *Screen) Say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	io.WriteString(s.out, text)
	if s.log != nil {
		io.WriteString(s.log, text)
	}
}

// Bold is text that is hard to overlook, where there are colours.
func (s *Screen) Bold(text string) string {
	if !s.Colour {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

const frame = 125 * time.Millisecond

// Wait shows that text is waited for, and how much time is left, until stop is called. On a screen that cannot be drawn over, it says nothing. The
// cursor is never hidden, so that there is nothing to mend after a death at any moment.
func (s *Screen) Wait(text string, deadline time.Time) (stop func()) {
	if !s.Live {
		return func() {}
	}
	over := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		for n := 0; ; n++ {
			s.draw(fmt.Sprintf("%c %s, %s left", `|/-\`[n%4], text, left(time.Until(deadline))))
			select {
			case <-over:
				s.draw("")
				return
			case <-time.After(frame):
			}
		}
	})
	return sync.OnceFunc(func() {
		close(over)
		drawing.Wait()
	})
}

func (s *Screen) draw(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	io.WriteString(s.out, line)
	s.drawn = line != ""
}

// wipe is for who holds mu.
func (s *Screen) wipe() {
	if s.drawn {
		io.WriteString(s.out, "\r\x1b[K")
		s.drawn = false
	}
}

// left is d as a clock shows it.
func left(d time.Duration) string {
	seconds := max(0, int(d.Round(time.Second).Seconds()))
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// Lines are what the person types, until Close. Nil: there is no terminal to type at.
func (s *Screen) Lines() <-chan string {
	keys, err := os.OpenFile(keyboard, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	s.open = append(s.open, keys)
	s.restore = unbound(keys)
	lines := make(chan string)
	go s.read(keys, lines) // until Close, or the next line where closing does not end a read
	return lines
}

func (s *Screen) read(keys io.ReadWriter, lines chan<- string) {
	typed := bufio.NewReader(keys)
	for {
		text, err := line(typed, keys)
		if err != nil {
			return
		}
		select {
		case lines <- text:
		case <-s.over:
			return
		}
	}
}

// maxLine is more than any browser's address bar shows, and bounds what a cat on the keyboard costs.
const maxLine = 1 << 20

// What a terminal has shown of the key that takes a character back, ^?, is taken off the screen, and so is the character.
const (
	rubKey       = "\b\b  \b\b"
	rubCharacter = "\b \b"
)

// line is what is typed up to Enter, but for what was taken back by the keys that a terminal has for that.
func line(typed *bufio.Reader, screen io.Writer) (string, error) {
	var text []rune
	for {
		key, _, err := typed.ReadRune()
		switch {
		case err != nil:
			return "", err
		case key == '\n':
			return string(text), nil
		case (key == '\b' || key == 0x7f) && len(text) == 0:
			io.WriteString(screen, rubKey)
		case key == '\b', key == 0x7f:
			text = text[:len(text)-1]
			io.WriteString(screen, rubKey+rubCharacter)
		case key == 'U'&0x1f:
			text = text[:0]
		case key >= ' ' && len(text) < maxLine: // other keys have nothing to say here
			text = append(text, key)
		}
	}
}
