package config

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"

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
	name, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return "", &route.SyntaxError{Part: "host", Reason: "no internationalised host name (IDNA)"}
	}
	if wild {
		name = "*." + name
	}
	return name + s[end:], nil
}
