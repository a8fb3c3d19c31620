// Package jsonlite reads a few fields of a JSON text and writes JSON strings. What a tool runs on every call, the
// helper's hit path, needs no more, and is faster and smaller without encoding/json and reflection.
//
//	v, err := jsonlite.Parse(data)
//	server, ok := v.Get("spec", "cluster", "server").Text()
package jsonlite

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how many arrays and objects may be nested.
const maxDepth = 128

// Value is the text of one valid JSON value, without space around it. A nil Value is one that is not there.
type Value []byte

// SyntaxError says where a text stops being JSON. It quotes none of it, for the text may hold a secret.
type SyntaxError struct{ Offset int }

func (e *SyntaxError) Error() string { return "not JSON at byte " + strconv.Itoa(e.Offset) }

// Parse checks that data is one JSON value (RFC 8259) and returns it, sharing data's memory. It is stricter than
// encoding/json in two ways: at most 128 arrays and objects are nested, and a string that is not Unicode (bad UTF-8, half a
// surrogate pair) is refused, since a secret read from it would not be the one that was written.
func Parse(data []byte) (Value, error) {
	s := scanner{data: data}
	s.space()
	start := s.pos
	ok := s.value(maxDepth)
	end := s.pos
	s.space()
	if !ok || s.pos != len(data) {
		return nil, &SyntaxError{Offset: s.pos}
	}
	return Value(data[start:end]), nil
}

// Get follows path through nested objects. It returns nil where a member is missing or its parent is no object. Of members
// with one name the last counts, as in encoding/json; names must match exactly.
func (v Value) Get(path ...string) Value {
	for _, name := range path {
		v = v.member(name)
	}
	return v
}

// member is Get for one name.
func (v Value) member(name string) (found Value) {
	if len(v) == 0 || v[0] != '{' {
		return nil
	}
	s := scanner{data: v}
	s.object(maxDepth, func(key, value Value) {
		if key.is(name) {
			found = value
		}
	})
	return found
}

// is reports whether v is the string s.
func (v Value) is(s string) bool {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1:len(v)-1]) == s
	}
	text, _ := v.Text()
	return text == s
}

// Text returns the string that v is. ok is false if v is anything else, or is not there.
func (v Value) Text() (text string, ok bool) {
	if len(v) == 0 || v[0] != '"' {
		return "", false
	}
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	return string(unescape(inner)), true
}

// Texts returns the strings of the array that v is, without what else is in it. It is empty if v is anything else, or is not there.
func (v Value) Texts() (texts []string) {
	s := scanner{data: v}
	s.list('[', ']', maxDepth, func() bool {
		start := s.pos
		ok := s.value(maxDepth)
		if text, is := Value(v[start:s.pos]).Text(); is {
			texts = append(texts, text)
		}
		return ok
	})
	return texts
}

// Bool returns the boolean that v is. ok is false if v is anything else, or is not there.
func (v Value) Bool() (b, ok bool) {
	b = string(v) == "true"
	return b, b || string(v) == "false"
}

// unescape decodes the inside of a string that Parse has accepted.
func unescape(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			out = append(out, in[i])
			continue
		}
		i++
		if in[i] != 'u' {
			out = append(out, short(in[i]))
			continue
		}
		r := rune(hex4(in[i+1:]))
		i += 4
		if utf16.IsSurrogate(r) { // Parse has seen the other half
			r = utf16.DecodeRune(r, rune(hex4(in[i+3:])))
			i += 6
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// short is the character that a backslash and c stand for.
func short(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 reads four hex digits. It returns -1 if b does not begin with them.
func hex4(b []byte) int {
	if len(b) < 4 {
		return -1
	}
	n := 0
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | int(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | int(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return n
}
