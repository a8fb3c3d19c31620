// Package term knows what a terminal can show, and keeps what it must not be shown from it.
package term

import (
	"io"
	"os"
	"strings"
	"unicode"

	xterm "golang.org/x/term"
)

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Colour reports whether w should get colours: a terminal whose user did not say otherwise (NO_COLOR, TERM=dumb).
func Colour(w io.Writer, getenv func(string) string) bool {
	return Is(w) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}

// Clean is text of others on one line and without what would move the cursor, change colours or turn the direction of
// writing.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
}
