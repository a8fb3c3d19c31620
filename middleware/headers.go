package middleware

import (
	"maps"
	"net/http"
	"slices"
)

// Headers are set on each request that does not have them, wherever it goes: what must reach some hosts only is Auth's Header.
type Headers http.Header

// Wrap never fails.
func (h Headers) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	own := make(http.Header, len(h))
	for name, values := range h {
		own[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	return &headers{next, own}, nil
}

// UserAgent is the User-Agent of requests that name none.
type UserAgent string

// Wrap never fails.
func (u UserAgent) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	return &headers{next, http.Header{"User-Agent": {string(u)}}}, nil
}

type headers struct {
	next http.RoundTripper
	own  http.Header
}

func (h *headers) RoundTrip(req *http.Request) (*http.Response, error) {
	return h.next.RoundTrip(withHeader(req, filled(req.Header, h.own)))
}

// filled is a copy of h with what it lacks of more. A nil that the caller has put there, to forbid one, stays.
func filled(h, more http.Header) http.Header {
	out := maps.Clone(h)
	if out == nil {
		out = make(http.Header, len(more)+1)
	}
	for name, values := range more {
		if _, there := out[name]; !there {
			out[name] = values
		}
	}
	return out
}

func (h *headers) CloseIdleConnections() { closeIdle(h.next) }
