package main

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// commands are all that people see.
func commands(t *testing.T) []*cobra.Command {
	t.Helper()
	a := &app{std: std{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}}
	root := a.root()
	var all []*cobra.Command
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			all = append(all, cmd)
		}
	}
	return append(all, root)
}

func TestEveryCommandShowsHowItIsUsed(t *testing.T) {
	for _, cmd := range commands(t) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: a line without a full stop is wanted, got %q", cmd.Name(), cmd.Short)
		}
		if cmd.Example == "" {
			t.Errorf("%s shows no example", cmd.Name())
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.HasPrefix(line, "  ") || !strings.Contains(line, "fob") {
				t.Errorf("%s: %q is no example", cmd.Name(), line)
			}
		}
	}
}

func TestManualPagesAreTextToTroff(t *testing.T) {
	for _, cmd := range commands(t) {
		for line := range strings.Lines(page(cmd)) {
			word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if strings.HasPrefix(word, ".") && !strings.Contains(".TH .SH .PP .TP .nf .fi ", word+" ") {
				t.Errorf("%s: %q is a request", cmd.Name(), line)
			}
			if !utf8.ValidString(line) {
				t.Errorf("%s: %q", cmd.Name(), line)
			}
		}
	}
	if got, want := roff(".so /etc\n'x \\n a-b"), "\\&.so /etc\n\\&'x \\en a\\-b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
