package jsonlite

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string, byte for byte as encoding/json writes it with SetEscapeHTML(false). Bytes that are
// not UTF-8 become \ufffd, so a caller with a secret asks utf8.ValidString first.
func AppendString(dst []byte, s string) []byte { return appendString(dst, s, false) }

// AppendHTML is AppendString with <, > and & escaped, as encoding/json writes strings unless told otherwise.
func AppendHTML(dst []byte, s string) []byte { return appendString(dst, s, true) }

func appendString(dst []byte, s string, html bool) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == utf8.RuneError && size == 1: // not a U+FFFD that was written as such
			dst = append(dst, `\ufffd`...)
		case r == '\u2028' || r == '\u2029': // line ends in JavaScript
			dst = append(dst, `\u202`...)
			dst = append(dst, hexDigits[r&0xF])
		case r >= utf8.RuneSelf:
			dst = utf8.AppendRune(dst, r)
		default:
			dst = appendASCII(dst, byte(r), html)
		}
	}
	return append(dst, '"')
}

func appendASCII(dst []byte, c byte, html bool) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if c < ' ' || html && (c == '<' || c == '>' || c == '&') {
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
	}
	return append(dst, c)
}
