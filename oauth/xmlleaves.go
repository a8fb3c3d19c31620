package oauth

import (
	"errors"
	"strings"
)

var errXML = errors.New("not XML of plain elements")

// leaves are the texts of a document's elements that hold text alone, by their path: a/b/c. Of a path that comes twice, the first counts.
//
// It reads what web services write: elements, attributes, which it passes over, comments, the five entities that need no declaration. All else,
// document types not least, is refused. (encoding/xml would be 106 kB of program for the sake of one answer.)
func leaves(doc string) (map[string]string, error) {
	x := xmlReader{rest: lineEnds.Replace(strings.TrimPrefix(doc, "\ufeff")), found: make(map[string]string)}
	for x.rest != "" && !x.bad {
		x.step()
	}
	if x.bad || len(x.path) > 0 || !x.rooted {
		return nil, errXML
	}
	return x.found, nil
}

// lineEnds makes each of them a line feed (XML 1.0 §2.11).
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// maxDepth bounds the elements that stand in one another.
const maxDepth = 32

type xmlReader struct {
	rest   string
	path   []string // the elements that are open
	leaf   bool     // nothing but text has come since the last of them was opened
	rooted bool     // an element has been opened
	bad    bool
	found  map[string]string
}

// step takes the next text and the markup behind it.
func (x *xmlReader) step() {
	text, markup, found := strings.Cut(x.rest, "<")
	if x.rest = markup; !found || len(x.path) == 0 {
		x.bad = strings.Trim(text, " \t\n") != ""
	}
	switch {
	case x.bad || !found:
		x.bad = x.bad || len(x.path) > 0
	case strings.HasPrefix(markup, "!--"):
		x.bad = x.leaf && text != "" // a text in two parts
		x.skip("!--", "-->")
	case strings.HasPrefix(markup, "?"):
		x.bad = x.rooted
		x.skip("?", "?>")
	case strings.HasPrefix(markup, "/"):
		x.close(text)
	default:
		x.open()
	}
}

// skip passes over what start opens and end closes; the two share no byte: "<!-->" only begins a comment.
func (x *xmlReader) skip(start, end string) {
	_, after, found := strings.Cut(x.rest[len(start):], end)
	x.rest, x.bad = after, x.bad || !found
}

func (x *xmlReader) open() {
	name := x.rest[:len(x.rest)-len(strings.TrimLeft(x.rest, nameChars))]
	x.rest = x.rest[len(name):]
	ended := strings.IndexAny(x.rest, " \t\n/>") == 0
	empty, ok := x.attributes()
	if name == "" || !ended || !ok || len(x.path) == maxDepth || len(x.path) == 0 && x.rooted {
		x.bad = true
		return
	}
	x.path, x.leaf, x.rooted = append(x.path, name), true, true
	if empty {
		x.note("")
	}
}

const nameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// attributes passes over those of the tag that was begun, to its end.
func (x *xmlReader) attributes() (empty, ok bool) {
	for x.rest != "" {
		c := x.rest[0]
		switch x.rest = x.rest[1:]; c {
		case '>':
			return empty, true
		case '"', '\'':
			_, after, found := strings.Cut(x.rest, string(c))
			if x.rest = after; !found {
				return false, false
			}
		case '<':
			return false, false
		}
		empty = c == '/'
	}
	return false, false
}

func (x *xmlReader) close(text string) {
	name, after, found := strings.Cut(x.rest[1:], ">")
	if !found || len(x.path) == 0 || strings.TrimRight(name, " \t\n") != x.path[len(x.path)-1] {
		x.bad = true
		return
	}
	x.rest = after
	x.note(text)
}

// note ends the last element that is open, and keeps its text if it is a leaf.
func (x *xmlReader) note(text string) {
	path := strings.Join(x.path, "/")
	if _, twice := x.found[path]; x.leaf && !twice {
		plain, ok := unescape(text)
		x.found[path], x.bad = plain, x.bad || !ok
	}
	x.path, x.leaf = x.path[:len(x.path)-1], false
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// unescape fails for entities that it does not know.
func unescape(text string) (string, bool) {
	for _, after := range strings.Split(text, "&")[1:] {
		name, _, ok := strings.Cut(after, ";")
		if !ok || !strings.Contains(" lt gt quot apos amp ", " "+name+" ") {
			return "", false
		}
	}
	return entities.Replace(text), true
}
