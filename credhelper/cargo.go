package credhelper

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/jsonlite"
)

// cargo is the protocol of Cargo's credential providers (The Cargo Book, Credential Provider Protocol): a greeting, and then as many
// requests, a line of JSON each, as Cargo has.
var cargo = protocol{
	words: []string{"cargo"}, link: "cargo-credential-", session: true, greeting: greetCargo,
	parse: parseCargo, render: renderCargo, fail: failCargo,
}

const cargoGreeting = `{"v":[1]}` + "\n"

// cargoGreeted is the verb of what follows the greeting.
const cargoGreeted = "session"

func greetCargo(args []string) (text string, rest []string) {
	if len(args) == 1 && args[0] == "--cargo-plugin" {
		return cargoGreeting, []string{cargoGreeted}
	}
	return "", args
}

// The kinds of refusal. After the first two Cargo asks its next provider.
const (
	cargoOtherURL  = "url-not-supported"
	cargoNotFound  = "not-found"
	cargoOperation = "operation-not-supported"
	cargoOther     = "other"
)

// errCargoPrompt refuses to ask a person: stdin and stdout are Cargo's.
var errCargoPrompt = badRequest("no token given: cargo login reads one from a pipe")

// errCargoUsage is for a person: Cargo, which is greeted, gets an answer in its own words to whatever it says.
const errCargoUsage = badUsage("cargo [--profile NAME] --cargo-plugin")

func parseCargo(in *input, m *message) error {
	if len(in.args) != 1 || in.args[0] != cargoGreeted {
		return errCargoUsage
	}
	line, err := in.line()
	if err != nil {
		return err
	}
	v, err := parseJSON(line)
	if err != nil {
		return err
	}
	if string(v.Get("v")) != "1" {
		return badRequest("a protocol version other than 1")
	}
	m.setCargoOp(v)
	if err := m.setCargoArgs(v.Get("args").Texts()); err != nil {
		return err
	}
	for _, h := range v.Get("registry", "headers").Texts() {
		if name, value, _ := strings.Cut(h, ":"); strings.EqualFold(name, "WWW-Authenticate") {
			m.req.Challenges = append(m.req.Challenges, strings.TrimSpace(value))
		}
	}
	index, _ := v.Get("registry", "index-url").Text()
	return m.setIndex(index)
}

// setCargoOp reads what Cargo wants. One token is good for whatever it does to a registry.
func (m *message) setCargoOp(v jsonlite.Value) {
	m.dialect, _ = v.Get("kind").Text()
	switch m.dialect {
	case "get":
		m.op, m.req.MinTTL, m.req.Bearer = opGet, minTTL, true
	case "login":
		token, _ := v.Get("token").Text()
		m.op, m.sent = opStore, Credential{Secret: fob.Secret(token), Form: Password}
	case "logout":
		m.op = opErase
	}
}

// setCargoArgs reads what stands behind the provider's name in Cargo's configuration.
func (m *message) setCargoArgs(args []string) error {
	t := target{proto: new(protocol), profile: m.req.Profile, args: args}
	if err := t.flags(); err != nil {
		return err
	}
	if len(t.args) > 0 {
		return badUsage("cargo-credential-fob [--profile NAME]")
	}
	m.req.Profile = t.profile
	return nil
}

// setIndex reads the URL of a registry's index: sparse+https://…, or that of a git repository.
func (m *message) setIndex(index string) error {
	if m.req.Server = index; index == "" {
		return badRequest("no index-url")
	}
	if strings.ContainsFunc(index, isControl) {
		return badRequest("a control character in the index-url")
	}
	url := strings.TrimPrefix(strings.TrimPrefix(index, "sparse+"), "registry+")
	if err := m.req.setURL(url); err != nil {
		return err
	}
	switch {
	case m.op == opNothing:
		return ErrUnsupported
	case m.op == opStore && m.sent.Secret == "":
		return errCargoPrompt
	case m.op == opStore && strings.ContainsFunc(string(m.sent.Secret), isNotPrintable):
		return badRequest("a token that a header cannot carry")
	}
	return nil
}

func renderCargo(m *message, a answer) ([]byte, error) {
	if m.op != opGet {
		return append(jsonlite.AppendString([]byte(`{"Ok":{"kind":`), m.dialect), "}}\n"...), nil
	}
	token, err := a.cred.cargoToken()
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 128+len(token))
	out = jsonlite.AppendString(append(out, `{"Ok":{"kind":"get","token":`...), token)
	if t := a.cred.reported(); t.IsZero() {
		out = append(out, `,"cache":"session"`...)
	} else {
		out = strconv.AppendInt(append(out, `,"cache":"expires","expiration":`...), t.Unix(), 10)
	}
	return append(out, `,"operation_independent":true}}`+"\n"...), nil
}

// cargoToken is the value of the Authorization header. What was typed in is that already, with a scheme or without.
func (c Credential) cargoToken() (string, error) {
	if c.Form != Password {
		return c.bearer("Bearer ")
	}
	if c.Secret == "" || len(c.Secret) > maxHeader || strings.ContainsFunc(string(c.Secret), isNotPrintable) {
		return "", errNoHeader
	}
	return string(c.Secret), nil
}

// failCargo always exits with 0, since Cargo has other words for a failure; but for a person who calls it without the greeting.
func failCargo(m *message, name string, err error) reply {
	if err == errCargoUsage {
		return failPlain(name, err.Error(), err)
	}
	kind := m.cargoKind(err)
	if kind == cargoNotFound {
		err = ErrNotFound // why is shown to nobody, and not every Handler knows
	}
	text := name + ": " + oneLine(m.explain(err))
	out := jsonlite.AppendString([]byte(`{"Err":{"kind":`), kind)
	out = jsonlite.AppendString(append(out, `,"message":`...), text)
	r := reply{stdout: append(out, `,"caused-by":[]}}`+"\n"...)}
	if kind == cargoOperation {
		r.stderr = text + "\n" // Cargo shows the message of no kind but other
	}
	return r
}

func (m *message) cargoKind(err error) string {
	switch {
	case err == errPlainHTTP, err == errOtherScheme:
		return cargoOtherURL
	case errors.Is(err, ErrNotFound): // for cargo login asks for a token before it stores one, and takes no other refusal
		return cargoNotFound
	case errors.Is(err, ErrUnsupported), err == errCargoPrompt:
		return cargoOperation
	}
	return cargoOther
}
