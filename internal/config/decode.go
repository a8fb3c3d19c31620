package config

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// decode reads one file. go-toml vouches for the syntax and that no key stands twice; the values are then taken from its
// syntax tree, which knows the line of each. Its own strict mode would let Client_ID pass for client_id and 3 for "3".
func decode(file string, data []byte) (*Config, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors on Windows begin with it
	if err := toml.Unmarshal(data, &map[string]any{}); err != nil {
		return nil, syntaxError(file, data, err)
	}
	c := &Config{Profiles: make(map[string]*Profile), marks: make(marks)}
	for _, e := range flatten(file, data) {
		if reason := e.set(reflect.ValueOf(c).Elem(), e.key); reason != "" {
			return nil, &Error{e.at, strings.Join(e.key, "."), reason}
		}
		c.mark(e)
	}
	return c, nil
}

// mark remembers where an entry stands; that of a table is where it is first spoken of.
func (c *Config) mark(e entry) {
	m, key := c.marks, e.key
	if p := c.profileOf(key); p != nil {
		m, key = p.marks, key[2:]
		m.first("", e.at)
	}
	for i := range key {
		m.first(strings.Join(key[:i+1], "."), e.at)
	}
}

func (c *Config) profileOf(key []string) *Profile {
	if len(key) < 2 || key[0] != "profile" {
		return nil
	}
	return c.Profiles[key[1]]
}

func (m marks) first(key string, at Origin) {
	if _, ok := m[key]; !ok {
		m[key] = at
	}
}

// entry is a line of the file: a key with a string, a bool, []element, or nil for the head of a table; anything else that
// TOML knows is left as its unstable.Kind, since no key takes it.
type entry struct {
	key   []string
	at    Origin
	value any
}

// element is a member of an array.
type element struct {
	text string
	ok   bool // it is a string
}

// flatten lists the entries of a valid document in order, those of inline tables as if they stood alone.
func flatten(file string, data []byte) []entry {
	return walk(file, data).entries
}

// walk goes through a document up to its end or its first error.
func walk(file string, data []byte) *walker {
	w := &walker{file: file}
	w.Reset(data)
	for w.NextExpression() {
		switch e := w.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			w.table = w.key(nil, e)
			w.add(w.table, e, e.Kind)
		case unstable.KeyValue:
			w.keyValue(w.table, e)
		}
	}
	return w
}

type walker struct {
	unstable.Parser
	file    string
	table   []string // that of the last head
	entries []entry
}

func (w *walker) keyValue(table []string, kv *unstable.Node) {
	key, value := w.key(table, kv), kv.Value()
	switch value.Kind {
	case unstable.String:
		w.add(key, kv, string(value.Data))
	case unstable.Bool:
		w.add(key, kv, string(value.Data) == "true")
	case unstable.Array:
		w.add(key, kv, elements(value))
	case unstable.InlineTable:
		w.add(key, kv, unstable.Table)
		for it := value.Children(); it.Next(); {
			w.keyValue(key, it.Node())
		}
	default:
		w.add(key, kv, value.Kind)
	}
}

func (w *walker) add(key []string, node *unstable.Node, value any) {
	if value == unstable.Table {
		value = nil
	}
	it := node.Key()
	it.Next()
	at := w.Shape(it.Node().Raw).Start
	w.entries = append(w.entries, entry{key, Origin{File: w.file, Line: at.Line, Column: at.Column}, value})
}

func (w *walker) key(table []string, node *unstable.Node) []string {
	key := slices.Clone(table)
	for it := node.Key(); it.Next(); {
		key = append(key, string(it.Node().Data))
	}
	return key
}

func elements(array *unstable.Node) []element {
	list := []element{}
	for it := array.Children(); it.Next(); {
		n := it.Node()
		list = append(list, element{string(n.Data), n.Kind == unstable.String})
	}
	return list
}
