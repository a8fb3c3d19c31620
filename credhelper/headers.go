package credhelper

import (
	"time"

	"github.com/fobkit/fob/internal/jsonlite"
)

// headers is the protocol of Claude Code's headersHelper, and of others that take a flat JSON object for headers: the MCP server's URL in the
// environment, if at all.
var headers = protocol{words: []string{"headers"}, parse: parseHeaders, render: renderHeaders, fail: (*message).failed}

// headersPatience is less than the ten seconds after which Claude Code gives up.
const headersPatience = 8 * time.Second

func parseHeaders(in *input, m *message) error {
	m.op, m.patience, m.req.MinTTL, m.req.Bearer = opGet, headersPatience, minTTL, true
	if err := justGet(in, "headers"); err != nil {
		return err
	}
	url := in.getenv("CLAUDE_CODE_MCP_SERVER_URL")
	if url == "" {
		m.req.Protocol = "raw" // of no place it is raw in other words, and a profile allows it as such
		return nil
	}
	return m.req.setAddress(url)
}

func renderHeaders(m *message, a answer) ([]byte, error) {
	header, err := a.cred.header()
	if err != nil {
		return nil, err
	}
	return append(jsonlite.AppendString([]byte(`{"Authorization":`), header), "}\n"...), nil
}
