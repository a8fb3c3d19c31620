package credhelper

import (
	"encoding/base64"
	"errors"
	"strings"
)

// maxHeader is more than servers take as one header, and far less than a pipe holds: some tools read theirs after the helper has ended.
const maxHeader = 32 << 10

var errNoHeader = errors.New("a credential that a header cannot carry")

// header is c as the value of an Authorization header: a bearer token (RFC 6750 §2.1), or Basic for a password (RFC 7617 §2).
func (c Credential) header() (string, error) {
	if c.Form != Password {
		return c.bearer("Bearer ")
	}
	user := c.username("")
	if strings.Contains(user, ":") || strings.ContainsFunc(user+string(c.Secret), isControl) || len(user)+len(c.Secret) > maxHeader/2 {
		return "", errNoHeader
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+string(c.Secret))), nil
}

// bearer is c's secret as it is, behind prefix.
func (c Credential) bearer(prefix string) (string, error) {
	if c.Secret == "" || len(c.Secret) > maxHeader || strings.ContainsFunc(string(c.Secret), isNotToken) {
		return "", errNoHeader
	}
	return prefix + string(c.Secret), nil
}

func isControl(r rune) bool      { return r < ' ' || r == 0x7f }
func isNotToken(r rune) bool     { return r <= ' ' || r >= 0x7f }
func isNotPrintable(r rune) bool { return r < ' ' || r >= 0x7f }
