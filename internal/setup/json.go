package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// jsonFile is a file of one JSON object. An entry's path leads to a member, its value is the member's, in JSON.
type jsonFile struct{}

// jsonNode is a value and where it stands.
type jsonNode struct {
	from, to int
	object   bool
	members  []jsonMember
}

type jsonMember struct {
	from int // of the name
	name string
	jsonNode
}

var (
	errNotJSON  = errors.New("not JSON")
	errNoObject = errors.New("not a JSON object")
)

// jsonParser takes the offsets from encoding/json, which says where a token ends.
type jsonParser struct {
	text string
	dec  *json.Decoder
}

func parseJSON(text string) (jsonNode, error) {
	p := &jsonParser{text, json.NewDecoder(strings.NewReader(text))}
	p.dec.UseNumber()
	root, err := p.value()
	if err != nil {
		return jsonNode{}, errNotJSON // encoding/json would quote the file
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return jsonNode{}, errNoObject
	}
	if !root.object {
		return jsonNode{}, errNoObject
	}
	return root, nil
}

// next is where the next token begins.
func (p *jsonParser) next() int {
	at := int(p.dec.InputOffset())
	return at + len(p.text[at:]) - len(strings.TrimLeft(p.text[at:], " \t\r\n,:"))
}

func (p *jsonParser) value() (n jsonNode, err error) {
	n.from = p.next()
	tok, err := p.dec.Token()
	if err != nil {
		return n, err
	}
	if d, ok := tok.(json.Delim); ok {
		n.object = d == '{'
		for p.dec.More() {
			if err := p.member(&n); err != nil {
				return n, err
			}
		}
		if _, err := p.dec.Token(); err != nil {
			return n, err
		}
	}
	n.to = int(p.dec.InputOffset())
	return n, nil
}

// member reads one of an object, or an element of an array, which has no name and is not kept.
func (p *jsonParser) member(n *jsonNode) (err error) {
	m := jsonMember{from: p.next()}
	if !n.object {
		_, err := p.value()
		return err
	}
	name, err := p.dec.Token()
	if err != nil {
		return err
	}
	m.name, _ = name.(string)
	if m.jsonNode, err = p.value(); err != nil {
		return err
	}
	n.members = append(n.members, m)
	return nil
}

// find goes down the path as far as it leads: to the innermost object, and how many steps that took.
func (n jsonNode) find(path []string) (steps []jsonNode, at []int) {
	steps = []jsonNode{n}
	for _, name := range path {
		i := len(n.members) - 1 // the last one of a name counts
		for ; i >= 0 && n.members[i].name != name; i-- {
		}
		if i < 0 {
			break
		}
		n = n.members[i].jsonNode
		steps, at = append(steps, n), append(at, i)
	}
	return steps, at
}

func (jsonFile) set(text string, e entry) ([]splice, error) {
	if strings.TrimSpace(text) == "" {
		now := renderJSON(e.Path, e.Value, "", "\t", "\n") + "\n"
		return []splice{{0, text, now}}, nil
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	steps, _ := root.find(e.Path)
	last := steps[len(steps)-1]
	if len(steps) == len(e.Path)+1 {
		if compact(text[last.from:last.to]) == compact(e.Value) {
			return nil, nil
		}
		return []splice{{last.from, text[last.from:last.to], e.Value}}, nil
	}
	if !last.object {
		return nil, errNoObject
	}
	return last.add(text, e, len(steps)-1), nil
}

// add puts a member at the end of n, which lies depth steps down, in the manner of those that are there.
func (n jsonNode) add(text string, e entry, depth int) []splice {
	end, unit := lineEnd(text), indentUnit(text)
	rest := e.Path[depth:]
	if len(n.members) == 0 {
		now := renderJSON(rest, e.Value, strings.Repeat(unit, depth), unit, end)
		return []splice{{n.from, text[n.from:n.to], now}}
	}
	last := n.members[len(n.members)-1]
	if line := lineStart(text, last.from); strings.TrimSpace(text[line:last.from]) == "" {
		indent := text[line:last.from]
		return insert(last.to, ","+end+indent+memberJSON(rest, e.Value, indent, unit, end))
	}
	return insert(last.to, ", "+memberJSON(rest, e.Value, "", "", " "))
}

// renderJSON is an object with what path leads to; indent is that of the line on which it begins.
func renderJSON(path []string, value, indent, unit, end string) string {
	if len(path) == 0 {
		return value
	}
	return "{" + end + indent + unit + memberJSON(path, value, indent+unit, unit, end) + end + indent + "}"
}

func memberJSON(path []string, value, indent, unit, end string) string {
	name, _ := json.Marshal(path[0])
	return string(name) + ": " + renderJSON(path[1:], value, indent, unit, end)
}

// indentUnit is how far the first member of the file is indented.
func indentUnit(text string) string {
	for line := range strings.Lines(text) {
		if rest := strings.TrimLeft(line, " \t"); rest != line && strings.TrimSpace(rest) != "" {
			return line[:len(line)-len(rest)]
		}
	}
	return "\t"
}

// unset removes the member, and objects around it that are then empty.
func (jsonFile) unset(text string, e entry) ([]splice, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	steps, at := root.find(e.Path)
	last := steps[len(steps)-1]
	if len(at) < len(e.Path) || compact(text[last.from:last.to]) != compact(e.Value) {
		return nil, nil
	}
	depth := len(at) - 1
	for depth > 0 && len(steps[depth].members) == 1 {
		depth--
	}
	n, i := steps[depth], at[depth]
	switch {
	case i > 0:
		return cut(text, n.members[i-1].to, n.members[i].to), nil
	case len(n.members) > 1:
		return cut(text, n.members[0].from, n.members[1].from), nil
	}
	return cut(text, n.from+1, n.to-1), nil
}

func (jsonFile) others(text string, e entry) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	return root.leaves(text, nil, e.Path), nil
}

func (n jsonNode) leaves(text string, path, but []string) []string {
	switch {
	case len(path) == len(but) && slices.Equal(path, but):
		return nil
	case n.object && len(n.members) > 0:
		var all []string
		for _, m := range n.members {
			all = append(all, m.leaves(text, append(slices.Clip(path), m.name), but)...)
		}
		return all
	case n.object && len(path) < len(but) && slices.Equal(path, but[:len(path)]):
		return nil // an empty object on the way to the entry
	}
	return []string{strings.Join(path, "\x00") + "\x00" + compact(text[n.from:n.to])}
}

// compact is JSON without its blanks.
func compact(s string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(s)) != nil {
		return s
	}
	return b.String()
}
