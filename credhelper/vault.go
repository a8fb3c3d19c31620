package credhelper

import (
	"bytes"
	"cmp"
	"errors"
	"strings"

	"github.com/fobkit/fob"
)

// vault is the token helper of Vault and OpenBao: a verb, a token on stdin or stdout. Which server it is for stands in the environment, as
// for vault itself; with -address alone nobody tells, and then the request names no host.
var vault = protocol{words: []string{"vault"}, parse: parseVault, render: renderVault, fail: failVault}

func parseVault(in *input, m *message) error {
	if len(in.args) != 1 {
		return badUsage("vault [--profile NAME] get|store|erase")
	}
	switch in.args[0] {
	case "get":
		m.op = opGet
	case "store":
		m.op = opStore
	case "erase":
		m.op = opErase
	default:
		return badRequest("unknown verb " + oneLine(in.args[0]) + ": want get|store|erase")
	}
	m.req.MinTTL = minTTL
	if err := m.setVault(in.getenv); err != nil || m.op != opStore {
		return err
	}
	return m.readVaultToken(in)
}

// setVault reads the server, and the namespace as its path: tokens are a namespace's.
func (m *message) setVault(getenv func(string) string) error {
	address, other := getenv("VAULT_ADDR"), getenv("BAO_ADDR")
	if address != "" && other != "" && address != other {
		return badRequest("VAULT_ADDR and BAO_ADDR that differ") // either program may have asked
	}
	if address = cmp.Or(address, other); address == "" {
		return nil
	}
	if strings.ContainsFunc(address, isControl) {
		return badRequest("a control character in VAULT_ADDR")
	}
	m.req.Server = address
	if err := m.req.setURL(address); err != nil {
		return err
	}
	namespace := cmp.Or(getenv("VAULT_NAMESPACE"), getenv("BAO_NAMESPACE"))
	if strings.ContainsFunc(namespace, isControl) {
		return badRequest("a control character in VAULT_NAMESPACE")
	}
	return m.req.setPath(strings.Trim(strings.Trim(m.req.Path, "/")+"/"+strings.Trim(namespace, "/"), "/"))
}

func (m *message) readVaultToken(in *input) error {
	data, err := in.all()
	if err != nil {
		return err
	}
	token := fob.Secret(bytes.TrimSuffix(data, []byte("\n")))
	if m.req.Host == "" {
		return badRequest("no VAULT_ADDR that says whose token it is")
	}
	if token == "" || !isVaultToken(token) {
		return badRequest("no token in one line of ASCII")
	}
	m.sent = Credential{Secret: token, Form: Password}
	return nil
}

// isVaultToken holds for what vault sends as a header as it is.
func isVaultToken(token fob.Secret) bool {
	return !strings.ContainsFunc(string(token), isNotToken)
}

// renderVault ends no line: vault takes a line's end for a part of the token, and then refuses it.
func renderVault(m *message, a answer) ([]byte, error) {
	if m.op != opGet {
		return nil, nil
	}
	if !isVaultToken(a.cred.Secret) {
		return nil, errNoHeader
	}
	return []byte(a.cred.Secret), nil
}

// failVault has vault go on without a token where there is none, and none to erase.
func failVault(m *message, name string, err error) reply {
	if m.op != opStore && errors.Is(err, ErrNotFound) {
		return reply{}
	}
	return m.failed(name, err)
}
