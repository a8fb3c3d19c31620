package middleware

import (
	"net/http"
	"slices"
	"strings"
)

// wellFormed reports whether net/http would send req at all: the error of one that is not is its sender's doing.
func wellFormed(req *http.Request) bool {
	if u := req.URL; req.Header == nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !isToken(method(req)) {
		return false
	}
	for name, values := range req.Header {
		if !isToken(name) || slices.ContainsFunc(values, hasControl) {
			return false
		}
	}
	return true
}

func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r > 0x7e || !isTokenChar(byte(r)) }) < 0
}

// hasControl reports whether s has what may not be in a header's value (RFC 9110 §5.5). A tab may.
func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) >= 0
}
