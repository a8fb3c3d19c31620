package term

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	xterm "golang.org/x/term"
)

// Width is how many columns w has. Zero: it is no terminal, and has no bounds.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := xterm.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// Table is text in columns. What does not fit on a terminal is continued below, in its column: nothing is cut off.
type Table struct {
	Rows  [][]string
	Width int                      // of the terminal; zero: no bounds
	Gap   int                      // between columns. Zero: 3
	Style func(cell string) string // the parameters of a cell's SGR sequence, such as "31" for red; nil or "": as it is
}

// narrow is how narrow a column may be made for want of room.
const narrow = 12

// Write writes t in one Write.
func (t Table) Write(w io.Writer) error {
	widths := t.widths()
	var b strings.Builder
	for _, row := range t.Rows {
		t.row(&b, row, widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// widths are those of the columns: of the widest cell, and where there is no room for all, the widest column is the first to give way.
func (t Table) widths() []int {
	var widths []int
	for _, row := range t.Rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for t.Width > 0 && sum(widths)+t.gap()*(len(widths)-1) > t.Width {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrow {
			break
		}
		widths[widest]--
	}
	return widths
}

func (t Table) row(b *strings.Builder, row []string, widths []int) {
	cells := make([][]string, len(row))
	height := 1
	for i, cell := range row {
		cells[i] = wrap(cell, widths[i])
		height = max(height, len(cells[i]))
	}
	for line := range height {
		pending := 0 // blanks that are written only if something follows
		for i := range cells {
			text := ""
			if line < len(cells[i]) {
				text = cells[i][line]
			}
			if text != "" {
				b.WriteString(strings.Repeat(" ", pending))
				b.WriteString(t.paint(row[i], text))
				pending = 0
			}
			pending += widths[i] - utf8.RuneCountInString(text) + t.gap()
		}
		b.WriteByte('\n')
	}
}

func (t Table) gap() int {
	if t.Gap == 0 {
		return 3
	}
	return t.Gap
}

func (t Table) paint(cell, text string) string {
	if t.Style == nil || t.Style(cell) == "" {
		return text
	}
	return "\x1b[" + t.Style(cell) + "m" + text + "\x1b[m"
}

// Paragraphs is text whose paragraphs are broken at blanks into lines of at most width. Zero: it stays as it is, as does what is set apart by
// blanks at the beginning of a line.
func Paragraphs(text string, width int) string {
	if width <= 0 {
		return text
	}
	all := strings.Split(text, "\n\n")
	for i, p := range all {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") {
			all[i] = strings.Join(wrap(strings.ReplaceAll(p, "\n", " "), width), "\n")
		}
	}
	return strings.Join(all, "\n\n")
}

// wrap breaks text at blanks into lines of at most width, and a word that is longer wherever the line ends.
func wrap(text string, width int) []string {
	if utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		for {
			switch room := width - utf8.RuneCountInString(line); {
			case line == "" && utf8.RuneCountInString(word) <= room:
				line = word
			case line == "":
				runes := []rune(word)
				lines, word = append(lines, string(runes[:room])), string(runes[room:])
				continue
			case utf8.RuneCountInString(word)+1 <= room:
				line += " " + word
			default:
				lines, line = append(lines, line), ""
				continue
			}
			break
		}
	}
	return append(lines, line)
}

func sum(list []int) (n int) {
	for _, x := range list {
		n += x
	}
	return n
}
