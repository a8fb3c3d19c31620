package setup

import (
	"slices"
	"strings"
)

// lineFile is a file in which each line stands for itself. An entry's value is one, and its path is what the line is about.
type lineFile struct{}

func findLine(text, line string) (from, next int) {
	for at := 0; at < len(text); at = next {
		next = nextLine(text, at)
		if strings.TrimSpace(text[at:next]) == line && !continued(text[:at]) {
			return at, next
		}
	}
	return -1, 0
}

// continued reports whether the line after text is a part of its last one.
func continued(text string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), `\`)
}

func (lineFile) set(text string, e entry) ([]splice, error) {
	if from, _ := findLine(text, e.Value); from >= 0 {
		return nil, nil
	}
	if continued(text) {
		return ownLines(text, "", e.Value), nil
	}
	return ownLines(text, e.Value), nil
}

func (lineFile) unset(text string, e entry) ([]splice, error) {
	from, next := findLine(text, e.Value)
	if from < 0 {
		return nil, nil
	}
	return cut(text, from, next), nil
}

// others are the other lines but for empty ones.
func (lineFile) others(text string, e entry) ([]string, error) {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return slices.DeleteFunc(all, func(line string) bool { return line == e.Value }), nil
}
