package oauth

import (
	"errors"
	"net/netip"
	"net/url"
)

var errURL = errors.New("not a URL of host and path")

// parseURL parses what errors call what: https, or http on loopback, without user name and fragment. Its errors quote no more than the host.
func parseURL(what, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Hostname() == "", u.User != nil, u.Fragment != "", u.Opaque != "":
		return nil, &LocalError{what, errURL}
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, &LocalError{what + " " + u.Host, ErrInsecure}
}

// isLoopback knows literal addresses and the one name: any other name leads where the resolver pleases.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Zone() == "" && addr.IsLoopback() && !addr.Is4In6()
}
