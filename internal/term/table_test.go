package term

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

var rows = [][]string{
	{"PROFILE", "STATE", "HOSTS"},
	{"corp", "valid", "git.corp.example/team *.k8s.corp.example:6443 registry.corp.example"},
	{"älter", "expired", "-"},
}

func written(t *testing.T, table Table) string {
	t.Helper()
	var out bytes.Buffer
	if err := table.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestATableThatGoesToNoTerminalHasARowALine(t *testing.T) {
	want := `PROFILE   STATE     HOSTS
corp      valid     git.corp.example/team *.k8s.corp.example:6443 registry.corp.example
älter     expired   -
`
	if got := written(t, Table{Rows: rows}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestATableFitsTheTerminalAndLosesNothing(t *testing.T) {
	want := `PROFILE   STATE     HOSTS
corp      valid     git.corp.example/team
                    *.k8s.corp.example:6443
                    registry.corp.example
älter     expired   -
`
	if got := written(t, Table{Rows: rows, Width: 48}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for width := 40; width < 100; width++ {
		got := written(t, Table{Rows: rows, Width: width})
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns: a line of %d", width, n)
			}
		}
		squeezed := strings.Join(strings.Fields(got), "")
		for _, word := range []string{"corp", "valid", "älter", "expired"} {
			if !strings.Contains(squeezed, word) {
				t.Errorf("%d columns: %q is lost", width, word)
			}
		}
	}
}

func TestAWordThatIsTooLongIsBroken(t *testing.T) {
	if got, want := strings.Join(wrap("ab abcdefgh cd", 5), "|"), "ab|abcde|fgh|cd"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestColoursTakeNoRoom(t *testing.T) {
	red := func(cell string) string {
		if cell == "expired" {
			return "31"
		}
		return ""
	}
	want := "a         b\nexpired   c\n"
	got := written(t, Table{Rows: [][]string{{"a", "b"}, {"expired", "c"}}, Style: red})
	if got == want || strings.NewReplacer("\x1b[31m", "", "\x1b[m", "").Replace(got) != want {
		t.Errorf("got %q", got)
	}
}

func TestParagraphsAreAsWideAsTheTerminal(t *testing.T) {
	const text = "one two\nthree four\n\n  set\n  apart here\n\nfive"
	for width, want := range map[int]string{
		0:  text,
		10: "one two\nthree four\n\n  set\n  apart here\n\nfive",
		14: "one two three\nfour\n\n  set\n  apart here\n\nfive",
		40: "one two three four\n\n  set\n  apart here\n\nfive",
	} {
		if got := Paragraphs(text, width); got != want {
			t.Errorf("%d columns: got %q, want %q", width, got, want)
		}
	}
}
