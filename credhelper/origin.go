package credhelper

import (
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/ipaddr"
)

// setOrigin fills Scheme, Host and Port from a scheme and host[:port].
func (r *Request) setOrigin(scheme, authority string) error {
	host, port, err := splitAuthority(authority)
	if err != nil {
		return err
	}
	if port == 0 {
		port = defaultPort(scheme)
	}
	r.Scheme, r.Host, r.Port = scheme, host, port
	if scheme == "http" && !isLoopback(host) {
		return errPlainHTTP
	}
	return nil
}

// setURL fills Scheme, Host, Port and Path from a URL.
func (r *Request) setURL(raw string) error {
	scheme, rest, ok := strings.Cut(raw, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "https" && scheme != "http" {
		return errOtherScheme
	}
	if strings.ContainsAny(rest, "?#") {
		return badRequest("a URL with a query or fragment")
	}
	authority, path, _ := strings.Cut(rest, "/")
	if err := r.setPath(path); err != nil {
		return err
	}
	return r.setOrigin(scheme, authority)
}

// setPath refuses dot segments: a profile bound to team/ must not answer for team/../other, which a server may take for the latter.
func (r *Request) setPath(path string) error {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return badRequest("a path with dot segments")
		}
	}
	r.Path = path
	return nil
}

func defaultPort(scheme string) uint16 {
	if scheme == "http" {
		return 80
	}
	return 443
}

// splitAuthority reads host[:port]; port is 0 if there is none. Hosts are compared byte for byte later on, so whatever has a
// second spelling is refused: user names, percent signs, names in another script than ASCII, empty labels, leading zeros.
func splitAuthority(s string) (host string, port uint16, err error) {
	host = s
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		n, err := strconv.ParseUint(s[i+1:], 10, 16)
		if err != nil || n == 0 || s[i+1] == '0' {
			return "", 0, badRequest("a port that is not a number from 1 to 65535")
		}
		host, port = s[:i], uint16(n)
	}
	host, err = cleanHost(host)
	return host, port, err
}

// cleanHost returns the one spelling of host.
func cleanHost(host string) (string, error) {
	switch {
	case host == "":
		return "", badRequest("no host")
	case host[0] == '[':
		return cleanIPv6(host)
	case len(host) > 253: // RFC 1035 §2.3.4
		return "", badRequest("a host name over 253 bytes")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.ContainsFunc(label, isNotHost) {
			return "", badRequest("a host that is no ASCII name or address")
		}
	}
	return strings.ToLower(host), nil
}

func isNotHost(r rune) bool {
	return (r|0x20 < 'a' || 'z' < r|0x20) && (r < '0' || '9' < r) && r != '-' && r != '_'
}

func cleanIPv6(host string) (string, error) {
	inner, closed := strings.CutSuffix(host[1:], "]")
	addr, ok := ipaddr.Canonical6(inner)
	if !ok || !closed {
		return "", badRequest("a host in brackets that is no IPv6 address")
	}
	return addr, nil
}

// isLoopback holds for literal 127.0.0.0/8, ::1 and exactly localhost: any other name is what a resolver makes of it.
func isLoopback(host string) bool {
	return host == "localhost" || ipaddr.IsLoopback(host)
}
