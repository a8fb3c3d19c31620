package middleware

import (
	"net/url"
	"strings"
)

// origin is scheme, host and port of a URL, as far as they tell servers apart (RFC 6454 §4).
type origin struct{ scheme, host string }

func originOf(u *url.URL) origin {
	host := u.Host
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return origin{u.Scheme, strings.ToLower(host)} // neither allocates where there is nothing to do
}

func (o origin) String() string { return o.scheme + "://" + o.host }
