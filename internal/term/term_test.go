package term_test

import (
	"bytes"
	"testing"

	"github.com/fobkit/fob/internal/term"
)

func TestCleanLeavesTextThatCannotFool(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ünïcode 漢字":   "plain, ünïcode 漢字",
		"two\nlines\r\n":      "two lines  ",
		"\x1b[31mred\x1b[0m":  "[31mred[0m",
		"\u202egnp.exe":       "gnp.exe",
		"a\u2066b\u2069\x00c": "abc",
		"bad\xffbyte":         "badbyte",
	} {
		if got := term.Clean(in); got != want {
			t.Errorf("Clean(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestABufferIsNoTerminal(t *testing.T) {
	if term.Colour(new(bytes.Buffer), func(string) string { return "" }) {
		t.Error("colours for a buffer")
	}
}
