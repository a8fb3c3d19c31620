package setup

import (
	"errors"
	"io"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlFile is a file of YAML in which things with names stand in lists, as Kubernetes has them. An entry's path is a list and a name, and its
// value the element's lines; or, longer, it leads on to a string within the element, and the value is what that is to be and, behind
// a line feed, what it was. Empty: it was not there. A path of one is a string beside the lists.
type yamlFile struct{}

var (
	errNotYAML = errors.New("not YAML")
	errFlow    = errors.New("what would change is written on one line, in brackets or braces: give it lines of its own")
	errShape   = errors.New("not lists of things with names")
	errBreak   = errors.New("there are line breaks in it that only YAML knows")
)

// parseYAML is the root of the only document, a mapping. Nil: there is none.
func parseYAML(text string) (*yaml.Node, error) {
	if strings.ContainsAny(strings.ReplaceAll(text, "\r\n", ""), "\r\u0085\u2028\u2029") {
		return nil, errBreak // the numbers of lines would mean other places
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, errNotYAML // the library would quote the file
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) || len(doc.Content) != 1 {
		return nil, errNotYAML
	}
	root := doc.Content[0]
	switch {
	case root.Kind == yaml.ScalarNode && root.Tag == "!!null":
		return nil, nil
	case root.Kind != yaml.MappingNode:
		return nil, errShape
	case root.Style&yaml.FlowStyle != 0:
		return nil, errFlow
	}
	return root, nil
}

// member finds a key of a mapping, and its value.
func member(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// named finds the element of a list that has that name.
func named(list *yaml.Node, name string) *yaml.Node {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, n := range list.Content {
		if _, v := member(n, "name"); v != nil && v.Value == name {
			return n
		}
	}
	return nil
}

// lineAt is the offset of a line, counted from one.
func lineAt(text string, line int) int {
	at := 0
	for ; line > 1 && at < len(text); line-- {
		at = nextLine(text, at)
	}
	return at
}

// offsetOf is where n begins: its column counts characters.
func offsetOf(text string, n *yaml.Node) int {
	at, column := lineAt(text, n.Line), 1
	for i := range text[at:] {
		if column == n.Column {
			return at + i
		}
		column++
	}
	return len(text)
}

// lastLine is the last line of an element that holds nothing but plain words.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

func (f yamlFile) set(text string, e entry) ([]splice, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	key, list := member(root, e.Path[0])
	if len(e.Path) == 1 {
		return setTop(text, root, list, e)
	}
	if len(e.Path) > 2 {
		return setString(text, named(list, e.Path[1]), e)
	}
	if n := named(list, e.Path[1]); n != nil {
		if holds(n, e.Value) {
			return nil, nil
		}
		return nil, errNotTaken
	}
	if key == nil {
		return ownLines(text, append([]string{e.Path[0] + ":"}, element("", e.Value)...)...), nil
	}
	return addElement(text, key, list, e)
}

// addElement puts a new one in front of the others, where nothing has to be known of how they end.
func addElement(text string, key, list *yaml.Node, e entry) ([]splice, error) {
	end, below := lineEnd(text), nextLine(text, lineAt(text, key.Line))
	switch {
	case list.Kind == yaml.ScalarNode && list.Tag == "!!null" && list.Value == "":
		return insertLines(text, below, element("", e.Value)), nil
	case list.Kind == yaml.ScalarNode && list.Tag == "!!null", list.Kind == yaml.SequenceNode && len(list.Content) == 0:
		from := offsetOf(text, list)
		to := from + len("[]")
		if list.Kind == yaml.ScalarNode {
			to = from + len(list.Value)
		} else if !strings.HasPrefix(text[from:], "[]") {
			return nil, errFlow
		}
		from -= len(text[:from]) - len(strings.TrimRight(text[:from], " "))
		now := end + strings.Join(element("", e.Value), end)
		return []splice{{from, text[from:to], now}}, nil
	case list.Kind != yaml.SequenceNode:
		return nil, errShape
	case list.Style&yaml.FlowStyle != 0:
		return nil, errFlow
	}
	line := text[lineAt(text, list.Content[0].Line):]
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	return insertLines(text, below, element(indent, e.Value)), nil
}

// insertLines puts lines before the line at at, or behind the last one.
func insertLines(text string, at int, lines []string) []splice {
	if at == len(text) {
		return ownLines(text, lines...)
	}
	end := lineEnd(text)
	return insert(at, strings.Join(lines, end)+end)
}

// element is a value as an element of a list.
func element(indent, value string) []string {
	lines := strings.Split(strings.TrimSuffix(value, "\n"), "\n")
	for i := range lines {
		lines[i] = indent + map[bool]string{true: "- "}[i == 0] + map[bool]string{true: "  "}[i > 0] + lines[i]
	}
	return lines
}

func (f yamlFile) unset(text string, e entry) ([]splice, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	key, list := member(root, e.Path[0])
	if len(e.Path) == 1 {
		return unsetTop(text, key, list, e)
	}
	n := named(list, e.Path[1])
	if len(e.Path) > 2 {
		return unsetString(text, n, e)
	}
	if n == nil || !holds(n, e.Value) {
		return nil, nil
	}
	if list.Style&yaml.FlowStyle != 0 {
		return nil, errFlow
	}
	gone := cut(text, lineAt(text, n.Line), lineAt(text, lastLine(n)+1))
	if len(list.Content) == 1 {
		gone = append(gone, insert(offsetOf(text, key)+len(e.Path[0])+1, " []")...)
	}
	return gone, nil
}

// holds reports whether n says all that value says, and nothing else but what is null or empty: kubectl writes that too.
func holds(n *yaml.Node, value string) bool {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(value), &doc) != nil || len(doc.Content) != 1 {
		return false
	}
	return slices.Equal(yamlLeaves(n, nil, nil), yamlLeaves(doc.Content[0], nil, nil))
}

// yamlLeaves are the strings below n with their paths, sorted by these, but for what lies at a path.
func yamlLeaves(n *yaml.Node, path, but []string) []string {
	if len(but) > 0 && slices.Equal(path, but) {
		return nil
	}
	var all []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = append(all, yamlLeaves(n.Content[i+1], append(slices.Clip(path), n.Content[i].Value), but)...)
		}
		sort.SliceStable(all, func(i, j int) bool {
			x, _, _ := strings.Cut(all[i], "=")
			y, _, _ := strings.Cut(all[j], "=")
			return x < y
		})
	case yaml.SequenceNode:
		for _, c := range n.Content {
			name := "-"
			if _, v := member(c, "name"); v != nil {
				name = v.Value
			}
			all = append(all, yamlLeaves(c, append(slices.Clip(path), name), but)...)
		}
	case yaml.AliasNode:
		all = []string{strings.Join(path, "\x00") + "=*" + n.Value}
	default:
		if n.Tag != "!!null" && n.Value != "" {
			all = []string{strings.Join(path, "\x00") + "=" + n.Value}
		}
	}
	return all
}

func (yamlFile) others(text string, e entry) ([]string, error) {
	root, err := parseYAML(text)
	if err != nil || root == nil {
		return nil, err
	}
	return yamlLeaves(root, nil, e.Path), nil
}

// stringIn finds the mapping in which the string of e stands or should, and the string.
func stringIn(n *yaml.Node, e entry) (in, value *yaml.Node) {
	in = n
	for _, name := range e.Path[2 : len(e.Path)-1] {
		_, in = member(in, name)
	}
	_, value = member(in, e.Path[len(e.Path)-1])
	return in, value
}

func setString(text string, n *yaml.Node, e entry) ([]splice, error) {
	now, _, _ := strings.Cut(e.Value, "\n")
	in, value := stringIn(n, e)
	switch {
	case in == nil || in.Kind != yaml.MappingNode || len(in.Content) == 0:
		return nil, errShape
	case value != nil:
		if value.Value == now {
			return nil, nil
		}
		return replaceString(text, value, now)
	case in.Style&yaml.FlowStyle != 0:
		return nil, errFlow
	}
	at := lineAt(text, in.Content[0].Line)
	first := offsetOf(text, in.Content[0])
	if strings.TrimSpace(text[at:first]) != "" {
		return nil, errFlow
	}
	return insert(at, text[at:first]+e.Path[len(e.Path)-1]+": "+now+lineEnd(text)), nil
}

func unsetString(text string, n *yaml.Node, e entry) ([]splice, error) {
	now, was, _ := strings.Cut(e.Value, "\n")
	_, value := stringIn(n, e)
	if value == nil || value.Value != now {
		return nil, nil
	}
	if was != "" {
		return replaceString(text, value, was)
	}
	at := lineAt(text, value.Line)
	if !strings.HasPrefix(strings.TrimLeft(text[at:], " "), e.Path[len(e.Path)-1]+":") {
		return nil, errFlow
	}
	return cut(text, at, nextLine(text, at)), nil
}

// replaceString replaces a string that stands on one line.
func replaceString(text string, n *yaml.Node, now string) ([]splice, error) {
	at := offsetOf(text, n)
	for _, quote := range []string{"", `"`, `'`} {
		if was := quote + n.Value + quote; was != "" && strings.HasPrefix(text[at:], was) {
			return []splice{{at, was, now}}, nil
		}
	}
	return nil, errFlow
}

// setTop puts a string above all others.
func setTop(text string, root, value *yaml.Node, e entry) ([]splice, error) {
	line := e.Path[0] + ": " + e.Value
	switch {
	case root == nil:
		return ownLines(text, line), nil
	case value == nil:
		return insertLines(text, lineAt(text, root.Content[0].Line), []string{line}), nil
	case value.Value == e.Value:
		return nil, nil
	}
	return nil, errNotTaken
}

func unsetTop(text string, key, value *yaml.Node, e entry) ([]splice, error) {
	if value == nil || value.Value != e.Value {
		return nil, nil
	}
	at := lineAt(text, key.Line)
	return cut(text, at, nextLine(text, at)), nil
}
