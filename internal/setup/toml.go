package setup

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlFile is a file of TOML. An entry's path is a table's and a key, its value is the key's, in TOML.
type tomlFile struct{}

// tomlItem is a head of a table, or a key.
type tomlItem struct {
	line     int      // where its line begins
	head     bool     // of a table
	table    []string // under which it stands
	path     []string // as a whole
	from, to int      // of a key's value
}

var (
	errNotTOML = errors.New("not TOML")
	errInline  = errors.New("the table is written on one line, in braces: give it a head of its own, in brackets")
)

// parseTOML takes the offsets from go-toml's unstable parser; its stable one vouches for the syntax.
func parseTOML(text string) ([]tomlItem, error) {
	if toml.Unmarshal([]byte(text), &map[string]any{}) != nil { // whose error would quote the file
		return nil, errNotTOML
	}
	var p unstable.Parser
	p.Reset([]byte(text))
	var items []tomlItem
	var table []string
	elements := make(map[string]int)
	for p.NextExpression() {
		e := p.Expression()
		path, from, to := tomlKey(e)
		it := tomlItem{line: lineStart(text, from), head: e.Kind != unstable.KeyValue, path: path}
		switch e.Kind {
		case unstable.ArrayTable: // of which there are several of a name
			elements[tomlPath(path)]++
			it.path = append(path, "#"+strconv.Itoa(elements[tomlPath(path)]))
			table = it.path
		case unstable.Table:
			table = path
		case unstable.KeyValue:
			it.table, it.path = table, slices.Concat(table, path)
			it.from = to + strings.IndexByte(text[to:], '=') + 1
			it.from += len(text[it.from:]) - len(strings.TrimLeft(text[it.from:], " \t"))
			it.to = int(e.Raw.Offset + e.Raw.Length)
		default:
			continue
		}
		items = append(items, it)
	}
	if p.Error() != nil {
		return nil, errNotTOML
	}
	return items, nil
}

// tomlKey is the key of an expression, and where it stands.
func tomlKey(e *unstable.Node) (path []string, from, to int) {
	if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
		return nil, 0, 0
	}
	for it := e.Key(); it.Next(); {
		raw := it.Node().Raw
		if path == nil {
			from = int(raw.Offset)
		}
		to = int(raw.Offset + raw.Length)
		path = append(path, string(it.Node().Data))
	}
	return path, from, to
}

func findTOML(items []tomlItem, path []string, head bool) int {
	return slices.IndexFunc(items, func(it tomlItem) bool { return it.head == head && slices.Equal(it.path, path) })
}

// set puts the key below the head of its table, or beside what else is said of the table with dots, or at the end under a head of its own.
func (tomlFile) set(text string, e entry) ([]splice, error) {
	items, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	if i := findTOML(items, e.Path, false); i >= 0 {
		if it := items[i]; text[it.from:it.to] != e.Value {
			return []splice{{it.from, text[it.from:it.to], e.Value}}, nil
		}
		return nil, nil
	}
	table, key := e.Path[:len(e.Path)-1], e.Path[len(e.Path)-1:]
	if len(table) == 0 {
		return aboveTables(text, items, tomlPath(key)+" = "+e.Value), nil
	}
	if findTOML(items, table, false) >= 0 {
		return nil, errInline
	}
	if i := findTOML(items, table, true); i >= 0 {
		at, line := nextLine(text, items[i].line), tomlPath(key)+" = "+e.Value
		if at == len(text) {
			return ownLines(text, line), nil
		}
		return insert(at, line+lineEnd(text)), nil
	}
	for _, it := range items {
		if !it.head && len(it.table) < len(table) && len(it.path) > len(table) && slices.Equal(it.path[:len(table)], table) {
			return insert(it.line, tomlPath(e.Path[len(it.table):])+" = "+e.Value+lineEnd(text)), nil
		}
	}
	return ownLines(text, "["+tomlPath(table)+"]", tomlPath(key)+" = "+e.Value), nil
}

// aboveTables puts a line behind the last key that stands in no table.
func aboveTables(text string, items []tomlItem, line string) []splice {
	first := slices.IndexFunc(items, func(it tomlItem) bool { return it.head })
	switch {
	case first < 0:
		return ownLines(text, line)
	case first == 0:
		return insertLines(text, 0, []string{line})
	}
	return insertLines(text, nextLine(text, items[first-1].to), []string{line})
}

// unset removes the key, and the head of its table if nothing else stands below that.
func (tomlFile) unset(text string, e entry) ([]splice, error) {
	items, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	i := findTOML(items, e.Path, false)
	if i < 0 || text[items[i].from:items[i].to] != e.Value {
		return nil, nil
	}
	from, to := items[i].line, nextLine(text, items[i].to)
	last := i+1 == len(items) || items[i+1].head
	if i > 0 && last && items[i-1].head && nextLine(text, items[i-1].line) == from {
		from = items[i-1].line
	}
	return cut(text, from, to), nil
}

func (tomlFile) others(text string, e entry) ([]string, error) {
	items, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, it := range items {
		if !it.head && !slices.Equal(it.path, e.Path) {
			all = append(all, strings.Join(it.path, "\x00")+"\x00"+text[it.from:it.to])
		}
	}
	return all, nil
}

func tomlPath(path []string) string {
	var words []string
	for _, p := range path {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			p = strconv.Quote(p)
		}
		words = append(words, p)
	}
	return strings.Join(words, ".")
}

// tomlConflict refuses to take over a key that has another value.
func (j *job) tomlConflict(path, text string, e entry) error {
	items, err := parseTOML(text)
	if err != nil || j.wish.Replace {
		return nil // what does not parse is told when it is written
	}
	i := findTOML(items, e.Path, false)
	if i < 0 || text[items[i].from:items[i].to] == e.Value {
		return nil
	}
	has, _, _ := strings.Cut(strings.Trim(text[items[i].from:items[i].to], `[]"' `), `"`)
	return &ConflictError{path, lineNumber(text, items[i].from), e.String(), program(has)}
}
