package jsonlite

import (
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks over a JSON text. Its methods step over one thing each and report whether it was there; where one reports
// false, pos is near the fault.
type scanner struct {
	data []byte
	pos  int
}

// peek returns the next byte, or 0 at the end (which no JSON text holds outside of strings).
func (s *scanner) peek() byte {
	if s.pos == len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

// eat steps over c.
func (s *scanner) eat(c byte) bool {
	if s.peek() != c || s.pos == len(s.data) {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) space() {
	for s.eat(' ') || s.eat('\t') || s.eat('\n') || s.eat('\r') {
	}
}

// value steps over any value that nests at most depth deep.
func (s *scanner) value(depth int) bool {
	switch c := s.peek(); {
	case c == '{':
		return s.object(depth, nil)
	case c == '[':
		return s.array(depth)
	case c == '"':
		return s.string()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) word(w string) bool {
	for i := range len(w) {
		if !s.eat(w[i]) {
			return false
		}
	}
	return true
}

// object steps over an object and shows each member to visit, unless that is nil.
func (s *scanner) object(depth int, visit func(key, value Value)) bool {
	return s.list('{', '}', depth, func() bool {
		start := s.pos
		if !s.string() {
			return false
		}
		key := Value(s.data[start:s.pos])
		s.space()
		if !s.eat(':') {
			return false
		}
		s.space()
		start = s.pos
		if !s.value(depth - 1) {
			return false
		}
		if visit != nil {
			visit(key, Value(s.data[start:s.pos]))
		}
		return true
	})
}

func (s *scanner) array(depth int) bool {
	return s.list('[', ']', depth, func() bool { return s.value(depth - 1) })
}

// list steps over items between open and end, with commas between them.
func (s *scanner) list(open, end byte, depth int, item func() bool) bool {
	if depth == 0 || !s.eat(open) {
		return false
	}
	if s.space(); s.eat(end) {
		return true
	}
	for {
		if s.space(); !item() {
			return false
		}
		if s.space(); s.eat(end) {
			return true
		}
		if !s.eat(',') {
			return false
		}
	}
}

func (s *scanner) string() bool {
	if !s.eat('"') {
		return false
	}
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return true
		case c == '\\':
			if !s.escape() {
				return false
			}
		case c < ' ':
			return false
		default:
			r, size := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && size == 1 {
				return false
			}
			s.pos += size
		}
	}
	return false
}

func (s *scanner) escape() bool {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return true
	case 'u':
		return s.unicode()
	}
	return false
}

// unicode steps over uXXXX, or over both halves of a surrogate pair.
func (s *scanner) unicode() bool {
	r := hex4(s.data[s.pos+1:])
	if r < 0 {
		return false
	}
	s.pos += 5
	if !utf16.IsSurrogate(rune(r)) {
		return true
	}
	if !s.word(`\u`) {
		return false
	}
	low := hex4(s.data[s.pos:])
	if low < 0 || utf16.DecodeRune(rune(r), rune(low)) == utf8.RuneError {
		return false
	}
	s.pos += 4
	return true
}

// number steps over a number (RFC 8259 §6).
func (s *scanner) number() bool {
	s.eat('-')
	if !s.eat('0') && !s.digits() {
		return false
	}
	if s.eat('.') && !s.digits() {
		return false
	}
	if s.eat('e') || s.eat('E') {
		_ = s.eat('+') || s.eat('-')
		return s.digits()
	}
	return true
}

// digits steps over at least one digit.
func (s *scanner) digits() bool {
	start := s.pos
	for '0' <= s.peek() && s.peek() <= '9' {
		s.pos++
	}
	return s.pos > start
}
