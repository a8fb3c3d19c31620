package config

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// ParsePattern is route.ParsePattern for hosts in any script.
func ParsePattern(s string) (route.Pattern, error) {
	p, err := route.ParsePattern(s)
	if errors.Is(err, route.ErrNonASCII) {
		scheme, rest := cutScheme(s)
		if rest, err = asciiHost(rest); err == nil {
			p, err = route.ParsePattern(scheme + rest)
		}
	}
	return p, err
}

// ParseTarget is route.ParseTarget for hosts in any script.
func ParseTarget(scheme, host, path string) (route.Target, error) {
	t, err := route.ParseTarget(scheme, host, path)
	if errors.Is(err, route.ErrNonASCII) {
		if host, err = asciiHost(host); err == nil {
			t, err = route.ParseTarget(scheme, host, path)
		}
	}
	return t, err
}

func cutScheme(s string) (scheme, rest string) {
	if i := strings.Index(s, "://"); i >= 0 {
		return s[:i+len("://")], s[i+len("://"):]
	}
	return "", s
}

// asciiHost converts the host that s begins with (RFC 5891 §5, by the Lookup profile of UTS 46), and leaves port and path.
func asciiHost(s string) (string, error) {
	end := strings.IndexAny(s, ":/")
	if end < 0 {
		end = len(s)
	}
	name, wild := strings.CutPrefix(s[:end], "*.")
	name, ok := dialled(name)
	if !ok {
		return "", &route.SyntaxError{Part: "host", Reason: "no internationalised host name (IDNA)"}
	}
	if wild {
		name = "*." + name
	}
	return name + s[end:], nil
}

var errNotDialled = errors.New("not dialled")

// dialled is the name that net/http dials for host: it has the tables for the conversion already, and a second copy of them would
// be a sixtieth of fob.
func dialled(host string) (name string, ok bool) {
	t := http.Transport{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		name, _, _ = net.SplitHostPort(addr)
		return nil, errNotDialled
	}}
	_, err := t.RoundTrip(&http.Request{URL: &url.URL{Scheme: "http", Host: host}, Header: http.Header{}})
	_, invalid := route.ParseTarget("http", name, "")
	return name, errors.Is(err, errNotDialled) && invalid == nil
}
