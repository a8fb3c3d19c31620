package setup

import (
	"fmt"
	"strings"
)

// gitParser reads a file as git does (config.c), with the offsets of what it reads.
type gitParser struct {
	text         string
	at           int
	section, sub string
	items        []gitItem
}

func parseGit(text string) ([]gitItem, error) {
	if at := strings.IndexByte(text, 0); at >= 0 {
		return nil, fmt.Errorf("line %d: a NUL byte", lineNumber(text, at)) // where git ends a value, and other programs do not
	}
	p := &gitParser{text: text}
	for p.skip() {
		from, ok := p.at, false
		switch c := p.text[p.at]; {
		case c == '[':
			ok = p.header(from)
		case isLetter(c):
			ok = p.pair(from)
		}
		if !ok {
			return nil, fmt.Errorf("line %d: not as git writes it", lineNumber(text, from))
		}
	}
	return p.items, nil
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isKey(c byte) bool    { return isLetter(c) || '0' <= c && c <= '9' || c == '-' }

// skip goes to the next header or key.
func (p *gitParser) skip() bool {
	for ; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
		case '#', ';':
			p.at = nextLine(p.text, p.at) - 1
		default:
			return true
		}
	}
	return false
}

func (p *gitParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return '\n'
}

func (p *gitParser) word(part func(byte) bool) string {
	from := p.at
	for p.at < len(p.text) && part(p.text[p.at]) {
		p.at++
	}
	return strings.ToLower(p.text[from:p.at])
}

func blankByte(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// header reads [section], [section "subsection"] or the old [section.subsection].
func (p *gitParser) header(from int) bool {
	p.at++
	name := p.word(func(c byte) bool { return isKey(c) || c == '.' })
	p.section, p.sub, _ = strings.Cut(name, ".")
	if p.word(blankByte) != "" && !p.subsection() || p.section == "" || p.peek() != ']' {
		return false
	}
	p.at++
	to := p.at
	if strings.TrimRight(p.text[to:nextLine(p.text, to)], " \t\r\n") == "" {
		to = nextLine(p.text, to)
	}
	p.items = append(p.items, gitItem{from: from, to: to, section: p.section, sub: p.sub})
	return true
}

func (p *gitParser) subsection() bool {
	if p.peek() != '"' {
		return false
	}
	var b strings.Builder
	for p.at++; ; p.at++ {
		switch c := p.peek(); c {
		case '\n':
			return false
		case '"':
			p.at++
			p.sub = b.String()
			return true
		case '\\':
			if p.at++; p.peek() == '\n' {
				return false
			}
			b.WriteByte(p.text[p.at])
		default:
			b.WriteByte(c)
		}
	}
}

// pair reads a key and its value. A key alone means true, which is no value that setup looks for.
func (p *gitParser) pair(from int) bool {
	it := gitItem{from: from, section: p.section, sub: p.sub, key: p.word(isKey), value: "\x00true"}
	if line := lineStart(p.text, from); strings.TrimSpace(p.text[line:from]) == "" {
		it.from = line
	}
	p.word(func(c byte) bool { return c == ' ' || c == '\t' })
	ok := p.section != ""
	if strings.HasPrefix(p.text[p.at:], "\r\n") {
		p.at++
	}
	switch p.peek() {
	case '=':
		p.at++
		it.value, ok = p.value()
	case '\n':
		p.at = nextLine(p.text, p.at)
	default: // not even a comment
		return false
	}
	it.to = p.at
	p.items = append(p.items, it)
	return ok && it.section != ""
}

// value reads up to the end of the line, which a backslash moves to the next.
func (p *gitParser) value() (string, bool) {
	var b strings.Builder
	kept, quoted := 0, false // how much of b is not blanks at its end
	for ; ; p.at++ {
		c := p.peek()
		if c == '\r' && (p.at+1 == len(p.text) || p.text[p.at+1] == '\n') {
			p.at++
			c = '\n'
		}
		switch {
		case c == '\n':
			p.at = min(p.at+1, len(p.text))
			return b.String()[:kept], !quoted
		case !quoted && (c == '#' || c == ';'):
			p.at = nextLine(p.text, p.at)
			return b.String()[:kept], true
		case !quoted && (c == ' ' || c == '\t'):
			if b.Len() > 0 {
				b.WriteByte(c)
			}
			continue
		case c == '"':
			quoted = !quoted
		case c == '\\':
			if !p.escape(&b) {
				return "", false
			}
		default:
			b.WriteByte(c)
		}
		kept = b.Len()
	}
}

func (p *gitParser) escape(b *strings.Builder) bool {
	p.at++
	c := p.peek()
	if c == '\r' && p.at+1 < len(p.text) && p.text[p.at+1] == '\n' {
		p.at++
		c = '\n'
	}
	if c == '\n' {
		return p.at < len(p.text)
	}
	i := strings.IndexByte(`"\ntb`, c)
	if i >= 0 {
		b.WriteByte("\"\\\n\t\b"[i])
	}
	return i >= 0
}
