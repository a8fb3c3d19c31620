package route

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/ipaddr"
)

// ErrNonASCII is returned for a host that needs IDNA conversion before it can be compared.
var ErrNonASCII = errors.New("host: not ASCII")

// SyntaxError says which part of a pattern or a target breaks the grammar. It never quotes the text, which can hold a password.
type SyntaxError struct {
	Part   string // "scheme", "user", "host", "port" or "path"
	Reason string
}

func (e *SyntaxError) Error() string { return e.Part + ": " + e.Reason }

// Loopback reports whether host never leaves this machine: a literal address of 127.0.0.0/8, ::1, or exactly localhost.
func Loopback(host string) bool {
	return host == "localhost" || ipaddr.IsLoopback(host)
}

// authority normalises host[:port]; the port defaults to the scheme's.
func authority(scheme, s string) (host string, port uint16, err error) {
	switch scheme {
	case "https":
		port = 443
	case "http":
		port = 80
	default:
		return "", 0, &SyntaxError{Part: "scheme", Reason: "neither https nor http"}
	}
	if strings.Contains(s, "@") {
		return "", 0, &SyntaxError{Part: "user", Reason: "not allowed here"}
	}
	name, digits, explicit := cutPort(s)
	if explicit {
		if port, err = parsePort(digits); err != nil {
			return "", 0, err
		}
	}
	host, err = normalHost(name)
	return host, port, err
}

// cutPort cuts s at the colon behind the host; those of an IPv6 address stand between brackets.
func cutPort(s string) (host, port string, found bool) {
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '0' {
		return 0, &SyntaxError{Part: "port", Reason: "not a number from 1 to 65535"}
	}
	return uint16(n), nil
}

// normalHost is the one form in which two hosts that mean the same compare equal.
func normalHost(s string) (string, error) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		return normalIPv6(inner)
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return "", ErrNonASCII
		}
	}
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if reason := badName(s); reason != "" {
		return "", &SyntaxError{Part: "host", Reason: reason}
	}
	return s, nil
}

func normalIPv6(s string) (string, error) {
	inner, closed := strings.CutSuffix(s, "]")
	addr, ok := ipaddr.Canonical6(inner)
	if !ok || !closed {
		return "", &SyntaxError{Part: "host", Reason: "not an IPv6 address in brackets"}
	}
	return addr, nil
}

// badName says what is wrong with a DNS name or IPv4 address in lower case.
func badName(s string) string {
	if len(s) > 253 {
		return "longer than 253 characters"
	}
	last := s
	for label := range strings.SplitSeq(s, ".") {
		if reason := badLabel(label); reason != "" {
			return reason
		}
		last = label
	}
	// Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses too: one spelling is enough (WHATWG URL, "ends in a number").
	if numeric(last) && !ipaddr.Is4(s) {
		return "ends in a number but is no IPv4 address"
	}
	return ""
}

func badLabel(s string) string {
	switch {
	case s == "":
		return "empty, or has an empty label"
	case len(s) > 63:
		return "has a label longer than 63 characters"
	case s[0] == '-' || s[len(s)-1] == '-':
		return "has a label that begins or ends with a hyphen"
	case strings.Contains(s, "*"):
		return "* is not one whole leftmost label"
	}
	for i := range len(s) {
		if c := s[i]; !isLower(c) && !isDigit(c) && c != '-' && c != '_' {
			return "has a character that no host name has"
		}
	}
	return ""
}

func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// format writes an origin without what is the default: https, and the scheme's port.
func format(scheme, host string, port uint16) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	usual := uint16(443)
	if scheme == "http" {
		host, usual = "http://"+host, 80
	}
	if port == usual {
		return host
	}
	return host + ":" + strconv.Itoa(int(port))
}
