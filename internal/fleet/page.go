package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// table is one of Markdown, a head and rows.
type table [][]string

// noZeros makes 1h of 1h0m0s.
var noZeros = strings.NewReplacer("h0m0s", "h", "m0s", "m")

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = fmt.Sprint(cell)
		switch v := cell.(type) {
		case int:
			row[i] = thousands(v)
		case time.Duration:
			row[i] = noZeros.Replace(v.String())
		}
	}
	*t = append(*t, row)
}

func (t table) String() string {
	var b strings.Builder
	for i, row := range t {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}

// replace puts text between the section's two lines of the page.
func replace(docs, section, text string) error {
	page, begin, end := filepath.Join(docs, "scale.md"), "<!-- internal/fleet "+section+" -->\n", "<!-- end -->\n"
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, found := strings.Cut(string(old), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: no place for %s", page, section)
	}
	return os.WriteFile(page, []byte(head+begin+"\n"+text+"\n"+end+tail), 0o644)
}
