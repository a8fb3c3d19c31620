package credhelper

import (
	"errors"
	"strings"

	"github.com/fobkit/fob/internal/jsonlite"
)

// keyring is the command of Python's package of that name, as pip, uv and poetry call it. What it does not know, service or word, is the
// next keyring's: this one stands before it.
var keyring = protocol{words: []string{"keyring"}, whole: "keyring", next: true, parse: parseKeyring, render: renderKeyring, fail: (*message).failed}

// keyringCall is what of keyring's command line matters here.
type keyringCall struct {
	words        []string
	mode, output string
}

// readKeyring takes flags wherever they stand, as argparse does. ok is false for one that is the next keyring's.
func readKeyring(args []string) (c keyringCall, ok bool) {
	c = keyringCall{mode: "password", output: "plain"}
	for i := 0; i < len(args); i++ {
		flag, value, joined := strings.Cut(args[i], "=")
		if !strings.HasPrefix(flag, "-") {
			c.words = append(c.words, args[i])
			continue
		}
		if !joined && i+1 < len(args) {
			i++
			value = args[i]
		}
		switch {
		case flag == "--mode" && (value == "creds" || value == "password"):
			c.mode = value
		case flag == "--output" && (value == "json" || value == "plain"):
			c.output = value
		default:
			return c, false
		}
	}
	return c, (len(c.words) == 2 || len(c.words) == 3) && c.words[0] == "get"
}

func parseKeyring(in *input, m *message) error {
	c, ok := readKeyring(in.args)
	if !ok || m.setService(c.words[1]) != nil {
		return ErrNotFound
	}
	m.op, m.req.MinTTL, m.dialect = opGet, minTTL, c.mode+" "+c.output
	if len(c.words) == 3 {
		m.req.Username = c.words[2]
	}
	return nil
}

// setService reads what a service is called: the URL of an index, or its host and port.
func (m *message) setService(service string) error {
	if strings.ContainsFunc(service, isControl) {
		return badRequest("a control character in the service")
	}
	m.req.Server = service
	if !strings.Contains(service, "://") {
		service = "https://" + service
	}
	return m.req.setURL(service)
}

// renderKeyring tells the user name only where it was asked for credentials.
func renderKeyring(m *message, a answer) ([]byte, error) {
	username, secret := a.cred.username(m.req.Username), string(a.cred.Secret)
	switch m.dialect {
	case "creds plain":
		secret = username + "\n" + secret
		fallthrough
	case "password plain":
		if strings.ContainsAny(username+string(a.cred.Secret), "\r\n") {
			return nil, errors.New("a credential with a line break")
		}
		return append([]byte(secret), '\n'), nil
	}
	if !a.cred.isUnicode() {
		return nil, errNotUnicode
	}
	out := []byte{'{'}
	if m.dialect == "creds json" {
		out = append(jsonlite.AppendString(append(out, `"username":`...), username), ',')
	}
	return append(jsonlite.AppendString(append(out, `"password":`...), secret), "}\n"...), nil
}
