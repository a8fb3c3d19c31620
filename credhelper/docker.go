package credhelper

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/jsonlite"
)

// docker is the protocol of github.com/docker/docker-credential-helpers: one verb, a server or a small JSON object, another.
var docker = protocol{words: []string{"docker"}, link: "docker-credential-", parse: parseDocker, render: renderDocker, fail: failDocker}

// What docker, crane, skopeo and the rest compare letter for letter. After the first they go on without credentials; any other text ends the command.
const (
	dockerNotFound   = "credentials not found in native keychain"
	dockerNoServer   = badRequest("no credentials server URL")
	dockerNoUsername = badRequest("no credentials username")
)

const dockerUsage = "store|get|erase|list|version"

func parseDocker(in *input, m *message) error {
	if len(in.args) != 1 {
		return badUsage("docker [--profile NAME] " + dockerUsage)
	}
	switch in.args[0] {
	case "get":
		m.op = opGet
		return parseDockerServer(in, m)
	case "erase":
		m.op = opErase
		return parseDockerServer(in, m)
	case "store":
		m.op = opStore
		return parseDockerStore(in, m)
	case "list":
		m.op = opList // stdin holds nothing of use
		return nil
	case "version", "--version", "-v":
		m.fixed = []byte("docker-credential-" + in.name + " (github.com/fobkit/fob) " + in.version + "\n")
		return nil
	case "--help", "-h":
		m.fixed = []byte("Usage: docker-credential-" + in.name + " <" + dockerUsage + ">" + "\n")
		return nil
	}
	return badRequest("unknown action: " + oneLine(in.args[0]))
}

func parseDockerServer(in *input, m *message) error {
	data, err := in.all()
	if err != nil {
		return err
	}
	err = m.setServer(string(data))
	if err != errPlainHTTP {
		return err
	}
	if m.op == opErase {
		m.op = opNothing // docker logout names each registry with http:// too; nothing is ever kept there
		return nil
	}
	return ErrNotFound
}

// setServer reads the server as docker, or whoever typed it, writes it: ghcr.io, localhost:5000, https://index.docker.io/v1/.
func (m *message) setServer(text string) error {
	server := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if server == "" {
		return dockerNoServer
	}
	if strings.ContainsAny(server, "\r\n\x00") {
		return badRequest("a CR, LF or NUL in the server")
	}
	m.req.Server, m.req.MinTTL = server, minTTL
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	return m.req.setURL(server)
}

func parseDockerStore(in *input, m *message) error {
	v, err := in.json()
	if err != nil {
		return err
	}
	server, _ := v.Get("ServerURL").Text()
	username, _ := v.Get("Username").Text()
	secret, _ := v.Get("Secret").Text()
	if err := m.setServer(server); err != nil {
		return err
	}
	if username == "" {
		return dockerNoUsername
	}
	m.sent = Credential{Username: username, Secret: fob.Secret(secret), Form: Password}
	return nil
}

// renderDocker writes what encoding/json makes of the reference's Credentials and map: this order, HTML escaped, a line's end.
func renderDocker(m *message, a answer) ([]byte, error) {
	switch m.op {
	case opGet:
		return renderDockerGet(m.req, a.cred)
	case opList:
		return renderDockerList(a.entries), nil
	}
	return nil, nil
}

func renderDockerGet(req Request, c Credential) ([]byte, error) {
	if !c.isUnicode() {
		return nil, errNotUnicode
	}
	out := make([]byte, 0, 64+len(req.Server)+len(c.Username)+len(c.Secret))
	out = jsonlite.AppendHTML(append(out, `{"ServerURL":`...), req.Server)
	out = jsonlite.AppendHTML(append(out, `,"Username":`...), c.username(""))
	out = jsonlite.AppendHTML(append(out, `,"Secret":`...), string(c.Secret))
	return append(out, "}\n"...), nil
}

func renderDockerList(entries []Entry) []byte {
	users := make(map[string]string, len(entries))
	for _, e := range entries {
		users[e.Server] = e.Username
	}
	out := []byte{'{'}
	for i, server := range slices.Sorted(maps.Keys(users)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(jsonlite.AppendHTML(out, server), ':')
		out = jsonlite.AppendHTML(out, users[server])
	}
	return append(out, "}\n"...)
}

// failDocker writes to stdout, where docker reads why a helper failed.
func failDocker(m *message, name string, err error) reply {
	text := name + ": " + oneLine(m.explain(err))
	switch {
	case m.op == opErase && errors.Is(err, ErrNotFound):
		return reply{} // gone is gone
	case m.op == opGet && errors.Is(err, ErrNotFound):
		text = dockerNotFound
	case err == dockerNoServer, err == dockerNoUsername:
		text = err.Error()
	}
	return reply{stdout: []byte(text + "\n"), code: ExitCode(err)}
}
