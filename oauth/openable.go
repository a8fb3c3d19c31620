package oauth

import (
	"net/url"
	"strings"
)

// uri are the characters of RFC 3986 §2. A URL of these alone has no space, quote, backslash, control or bidi character in it.
const uri = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"

// openable parses a URL that is shown on a terminal and handed to a browser. A server may have chosen it to do harm there: it is https, or
// http on loopback, so that it never begins with '-'; has no user name; and is of the characters of URLs alone.
func openable(what, raw string) (*url.URL, error) {
	if strings.Trim(raw, uri) != "" {
		return nil, &LocalError{what, errURL}
	}
	return parseURL(what, raw)
}
