package credhelper

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/jsonlite"
)

// terraform is the protocol of Terraform's and OpenTofu's credentials helpers: a verb and a host on the command line, a small JSON
// object in or out. A failure that says nothing on stderr is a bug to them.
var terraform = protocol{words: []string{"terraform"}, link: "terraform-credentials-", parse: parseTerraform, render: renderTerraform, fail: failTerraform}

// nothingForTerraform lets Terraform go on without: it asks about every host of a module or provider.
const nothingForTerraform = "{}\n"

func parseTerraform(in *input, m *message) error {
	if len(in.args) != 2 {
		return badUsage("terraform [--profile NAME] get|store|forget HOST")
	}
	switch in.args[0] {
	case "get":
		m.op, m.req.MinTTL, m.req.Bearer = opGet, minTTL, true
	case "store":
		m.op = opStore
	case "forget":
		m.op = opErase
	default:
		return badRequest("unknown verb: " + oneLine(in.args[0]))
	}
	if err := m.req.setOrigin("https", in.args[1]); err != nil || m.op != opStore {
		return err
	}
	return m.setTerraformToken(in)
}

// setTerraformToken reads what terraform login has got. Other kinds of credentials would come with other members.
func (m *message) setTerraformToken(in *input) error {
	v, err := in.json()
	if err != nil {
		return err
	}
	token, _ := v.Get("token").Text()
	if token == "" || strings.ContainsFunc(token, isNotToken) {
		return badRequest("no token that a header could carry")
	}
	m.sent = Credential{Secret: fob.Secret(token), Form: Bearer}
	return nil
}

func renderTerraform(m *message, a answer) ([]byte, error) {
	if m.op != opGet {
		return nil, nil
	}
	token, err := a.cred.token()
	if err != nil {
		return nil, err
	}
	return append(jsonlite.AppendString([]byte(`{"token":`), token), "}\n"...), nil
}

// token is c's secret for a tool that will send it as a bearer token, or do with it what it does with what it gave to keep.
func (c Credential) token() (string, error) {
	if c.Form == Password && !c.Verbatim {
		return "", fmt.Errorf("a password is no bearer token: %w", ErrDenied)
	}
	return c.bearer("")
}

func failTerraform(m *message, name string, err error) reply {
	switch {
	case m.op == opGet && errors.Is(err, ErrNotFound):
		return reply{stdout: []byte(nothingForTerraform)}
	case m.op == opErase && errors.Is(err, ErrNotFound):
		return reply{} // gone is gone
	}
	return m.failed(name, err)
}
