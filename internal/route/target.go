package route

import "strings"

// Target is where a credential would be sent. [ParseTarget] and [ParseURL] make them; the zero Target is no place.
type Target struct {
	Scheme string // "https" or "http"
	Host   string // lower case, without trailing dot; an IPv6 address in its canonical form, without brackets
	Port   uint16
	Path   string // "/a/b", decoded; empty where it is unknown, the root, or could mean another place to the server
}

// ParseTarget normalises the scheme, host[:port] and path of a request; path may lack its leading slash, as git's does. It
// returns a [SyntaxError], or [ErrNonASCII] for a host that must be converted first.
func ParseTarget(scheme, host, path string) (Target, error) {
	t := Target{Scheme: strings.ToLower(scheme)}
	var err error
	if t.Host, t.Port, err = authority(t.Scheme, host); err != nil {
		return Target{}, err
	}
	t.Path, _ = cleanPath(path)
	return t, nil
}

// ParseURL is ParseTarget for an absolute URL. Its query and fragment do not matter; one with a user in it is refused.
func ParseURL(url string) (Target, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return Target{}, &SyntaxError{Part: "scheme", Reason: "missing"}
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, path := cutPath(rest)
	return ParseTarget(scheme, host, path)
}

// String is t as people write it: without what is the default.
func (t Target) String() string { return format(t.Scheme, t.Host, t.Port) + t.Path }
