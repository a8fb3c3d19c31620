package setup

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/hcl/ast"
	"github.com/hashicorp/hcl/hcl/parser"
	"github.com/hashicorp/hcl/hcl/scanner"
	"github.com/hashicorp/hcl/hcl/token"
)

// hclFile is a file of HCL 1, the language of Terraform's and Vault's own settings. An entry's path is a key of the file, and its value is all that
// follows there: labels and a block, or "=" and a value.
type hclFile struct{}

// hclItem is a key of the file with what follows it.
type hclItem struct {
	key      string
	labels   []string
	from, to int // of the whole
	value    int // where it begins
}

var errNotHCL = errors.New("not HCL")

// maxNesting is more than settings take, and less than the parser's stack does.
const maxNesting = 10_000

// parseHCL takes the offsets from HCL's own parser. It would shorten the ends of lines first, and so they are blanked.
func parseHCL(text string) ([]hclItem, error) {
	text = strings.ReplaceAll(text, "\r\n", " \n")
	if strings.Count(text, "{")+strings.Count(text, "[") > maxNesting {
		return nil, errNotHCL
	}
	f, err := parser.ParseDontErrorOnDuplicateKeys([]byte(text))
	if err != nil { // it would quote the file
		return nil, errNotHCL
	}
	list, ok := f.Node.(*ast.ObjectList)
	if !ok {
		return nil, errNotHCL
	}
	var items []hclItem
	for _, o := range list.Items {
		to := hclEnd(o.Val)
		if len(o.Keys) == 0 || to < 0 || to > len(text) {
			return nil, errNotHCL
		}
		first := o.Keys[0].Token
		it := hclItem{key: hclString(first), from: first.Pos.Offset, to: to, value: first.Pos.Offset + len(first.Text)}
		it.value += len(text[it.value:]) - len(strings.TrimLeft(text[it.value:], " \t"))
		for _, k := range o.Keys[1:] {
			it.labels = append(it.labels, hclString(k.Token))
		}
		items = append(items, it)
	}
	return items, nil
}

func hclString(t token.Token) string {
	s, _ := t.Value().(string)
	return s
}

// hclEnd is where a value ends.
func hclEnd(n ast.Node) int {
	switch n := n.(type) {
	case *ast.ObjectType:
		return n.Rbrace.Offset + 1
	case *ast.ListType:
		return n.Rbrack.Offset + 1
	case *ast.LiteralType:
		return n.Token.Pos.Offset + len(n.Token.Text)
	}
	return -1
}

// hclTokens is s without what means nothing: comments, blanks, commas.
func hclTokens(s string) []string {
	sc := scanner.New([]byte(strings.ReplaceAll(s, "\r\n", "\n")))
	sc.Error = func(token.Pos, string) {}
	var all []string
	for t := sc.Scan(); t.Type != token.EOF; t = sc.Scan() {
		if t.Type != token.COMMENT && t.Type != token.COMMA {
			all = append(all, t.Text)
		}
	}
	return all
}

func findHCL(items []hclItem, e entry) int {
	return slices.IndexFunc(items, func(it hclItem) bool { return it.key == e.Path[0] })
}

func (hclFile) set(text string, e entry) ([]splice, error) {
	items, err := parseHCL(text)
	if err != nil {
		return nil, err
	}
	i := findHCL(items, e)
	if i < 0 {
		return ownLines(text, strings.Split(e.Path[0]+" "+e.Value, "\n")...), nil
	}
	was := text[items[i].value:items[i].to]
	if slices.Equal(hclTokens(was), hclTokens(e.Value)) {
		return nil, nil
	}
	return []splice{{items[i].value, was, strings.ReplaceAll(e.Value, "\n", lineEnd(text))}}, nil
}

// unset removes the whole lines, if nothing else stands on them.
func (hclFile) unset(text string, e entry) ([]splice, error) {
	items, err := parseHCL(text)
	if err != nil {
		return nil, err
	}
	i := findHCL(items, e)
	if i < 0 || !slices.Equal(hclTokens(text[items[i].value:items[i].to]), hclTokens(e.Value)) {
		return nil, nil
	}
	from, to := items[i].from, items[i].to
	if line, next := lineStart(text, from), nextLine(text, to); strings.TrimSpace(text[line:from]+text[to:next]) == "" {
		from, to = line, next
	}
	return cut(text, from, to), nil
}

// others are the other keys with what follows them. Comments are not among them: none is ever within what changes.
func (hclFile) others(text string, e entry) ([]string, error) {
	items, err := parseHCL(text)
	if err != nil {
		return nil, err
	}
	mine := findHCL(items, e)
	var all []string
	for i, it := range items {
		if i != mine {
			all = append(all, strings.Join(hclTokens(text[it.from:it.to]), "\x00"))
		}
	}
	return all, nil
}
