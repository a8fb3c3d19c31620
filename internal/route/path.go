package route

import (
	"strings"
	"unicode/utf8"
)

// cutPath cuts host/path; the path keeps its slash, since //a is not /a.
func cutPath(s string) (host, path string) {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// cleanPath decodes a path and gives it one leading slash and no trailing one; the root is "". It is not ok, and empty, if
// a server could take it for another place than it seems: by segments of dots and the spaces that some drop, backslashes,
// slashes in percent-encoding, a second decoding, control characters, or bytes that are no UTF-8.
func cleanPath(path string) (clean string, ok bool) {
	path = strings.TrimRight(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return "", true
	}
	path, ok = decode(path)
	if !ok || !utf8.ValidString(path) || strings.ContainsFunc(path, unclear) {
		return "", false
	}
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ";") // some servers drop path parameters before they resolve dots
		if name != "" && strings.Trim(name, ". ") == "" {
			return "", false
		}
	}
	return "/" + path, true
}

func unclear(r rune) bool {
	return r < ' ' || r == 0x7f || strings.ContainsRune(`\%?#`, r)
}

// decode undoes percent-encoding once. It is not ok if that is malformed or hides a slash.
func decode(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", false
			}
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if c = hi<<4 | lo; hi > 15 || lo > 15 || c == '/' {
				return "", false
			}
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// unhex is the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

// within reports whether path lies at or below prefix, by whole segments. Everything lies below "".
func within(prefix, path string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (prefix == "" || rest == "" || rest[0] == '/')
}
