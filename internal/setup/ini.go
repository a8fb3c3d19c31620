package setup

import (
	"errors"
	"slices"
	"strings"
)

// iniFile is a file of sections of keys. An entry's path is a section and a key. Under "" stand the keys before the first section.
type iniFile struct {
	npm bool // as npm reads it. Otherwise as Python's configparser does, whose values go on in lines that are indented further
}

// iniItem is the head of a section, or a key with its value.
type iniItem struct {
	line, next   int // its lines
	section, key string
	from, to     int // of the value
}

func (it iniItem) head() bool { return it.key == "" }

var errNotINI = errors.New("not a file of sections and keys")

// parse leaves comments and empty lines out.
func (f iniFile) parse(text string) ([]iniItem, error) {
	var items []iniItem
	section, indent := "", 0
	for at, next := 0, 0; at < len(text); at = next {
		next = nextLine(text, at)
		line := strings.TrimSpace(text[at:next])
		from := at + strings.Index(text[at:next], line)
		last := len(items) - 1
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case !f.npm && from-at > indent && last >= 0 && !items[last].head():
			items[last].next, items[last].to = next, from+len(line)
		case line[0] == '[' && strings.LastIndexByte(line, ']') > 1:
			section, indent = sectionName(line[1:strings.LastIndexByte(line, ']')]), from-at
			items = append(items, iniItem{line: at, next: next, section: section})
		default:
			it, err := f.key(line, from)
			if err != nil || section == "" && !f.npm {
				return nil, errNotINI
			}
			it.line, it.next, it.section, indent = at, next, section, from-at
			items = append(items, it)
		}
	}
	return items, nil
}

// sectionName is a name without the quotes and blanks that AWS allows in it.
func sectionName(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, `"`, "")), " ")
}

// key reads KEY = VALUE, which stands at from. npm knows keys without a value.
func (f iniFile) key(line string, from int) (iniItem, error) {
	delimiters := "=:"
	if f.npm {
		delimiters = "="
	}
	i := strings.IndexAny(line, delimiters)
	if i < 0 {
		i = len(line)
	}
	it := iniItem{key: f.keyName(line[:i]), from: min(from+i+1, from+len(line)), to: from + len(line)}
	if it.key == "" || i == len(line) && !f.npm {
		return it, errNotINI
	}
	rest := line[it.from-from:]
	it.from += len(rest) - len(strings.TrimLeft(rest, " \t"))
	return it, nil
}

// keyName is a key as its program compares it.
func (f iniFile) keyName(s string) string {
	if s = strings.TrimSpace(s); f.npm {
		return s
	}
	return strings.ToLower(s)
}

func findINI(items []iniItem, e entry) int {
	return slices.IndexFunc(items, func(it iniItem) bool { return it.section == e.Path[0] && it.key == e.Path[1] })
}

// set puts the key below the head of its section, or behind the last of those that have none.
func (f iniFile) set(text string, e entry) ([]splice, error) {
	items, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	if i := findINI(items, e); i >= 0 {
		if was := text[items[i].from:items[i].to]; was != e.Value {
			return []splice{{items[i].from, was, e.Value}}, nil
		}
		return nil, nil
	}
	line := e.Path[1] + " = " + e.Value
	head := slices.IndexFunc(items, func(it iniItem) bool { return it.head() && it.section == e.Path[0] })
	first := slices.IndexFunc(items, iniItem.head)
	switch {
	case e.Path[0] == "" && first < 0:
		return ownLines(text, line), nil
	case e.Path[0] == "":
		return insertLines(text, behind(items[:first]), []string{line}), nil
	case head < 0:
		return ownLines(text, "["+e.Path[0]+"]", line), nil
	}
	if below := head + 1; below < len(items) && !items[below].head() { // indented as its neighbour, which would be a part of its value else
		at := items[below].line
		line = text[at:at+len(text[at:])-len(strings.TrimLeft(text[at:], " \t"))] + line
	}
	return insertLines(text, items[head].next, []string{line}), nil
}

// behind is where the last item ends.
func behind(items []iniItem) int {
	if len(items) == 0 {
		return 0
	}
	return items[len(items)-1].next
}

// unset removes the key, and the head of its section if nothing else stands below that.
func (f iniFile) unset(text string, e entry) ([]splice, error) {
	items, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	i := findINI(items, e)
	if i < 0 || text[items[i].from:items[i].to] != e.Value {
		return nil, nil
	}
	from, to := items[i].line, items[i].next
	last := i+1 == len(items) || items[i+1].head()
	if i > 0 && last && items[i-1].head() && items[i-1].next == from {
		from = items[i-1].line
	}
	return cut(text, from, to), nil
}

func (f iniFile) others(text string, e entry) ([]string, error) {
	items, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	mine := findINI(items, e)
	var all []string
	for i, it := range items {
		if !it.head() && i != mine {
			all = append(all, it.section+"\x00"+it.key+"\x00"+text[it.from:it.to])
		}
	}
	return all, nil
}
