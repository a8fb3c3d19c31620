package oauth

import (
	"net/url"
	"strings"
)

// uri are the characters of RFC 3986 §2. A URL of these alone has no space, quote, backslash, control or bidi character in it.
const uri = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"

const maxURI = 8 << 10 // which servers and browsers take

// isURI reports whether s is of the characters of URLs alone, and of no more of them than a terminal and a command line bear.
func isURI(s string) bool { return len(s) <= maxURI && strings.Trim(s, uri) == "" }

// openable parses a URL that is shown on a terminal and handed to a browser. A server may have chosen it to do harm there: it is https, or
// http on loopback, so that it never begins with '-'; has no user name; and passes isURI.
func openable(what, raw string) (*url.URL, error) {
	if !isURI(raw) {
		return nil, &LocalError{what, errURL}
	}
	return parseURL(what, raw)
}
