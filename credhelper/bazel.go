package credhelper

import (
	"errors"
	"time"

	"github.com/fobkit/fob/internal/jsonlite"
)

// bazel is the protocol of github.com/EngFlow/credential-helper-spec: a URL in JSON, headers for it in JSON. Bazel reads what a helper
// prints when it has ended, and so no more than a pipe holds.
var bazel = protocol{words: []string{"bazel"}, parse: parseBazel, render: renderBazel, fail: failBazel}

const (
	bazelTTL      = 5 * time.Minute // a build goes on with what it was given
	bazelPatience = 8 * time.Second // Bazel kills a helper after ten
)

// nothingForBazel lets Bazel go on without: it asks about every address there is.
const nothingForBazel = "{}\n"

func parseBazel(in *input, m *message) error {
	if len(in.args) != 1 || in.args[0] != "get" {
		return badUsage("bazel [--profile NAME] get")
	}
	m.op, m.patience, m.req.MinTTL, m.req.Bearer = opGet, bazelPatience, bazelTTL, true
	v, err := in.json()
	if err != nil {
		return err
	}
	uri, ok := v.Get("uri").Text()
	if !ok {
		return badRequest("no uri")
	}
	return m.req.setAddress(uri)
}

// renderBazel always says when the token ends: Bazel keeps what has no end for half an hour, whatever happens to it.
func renderBazel(m *message, a answer) ([]byte, error) {
	header, err := a.cred.header()
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 128+len(header))
	out = jsonlite.AppendString(append(out, `{"headers":{"Authorization":[`...), header)
	out = append(out, "]}"...)
	if t := a.cred.reported(); !t.IsZero() {
		out = append(out, `,"expires":"`...)
		out = append(t.AppendFormat(out, time.RFC3339), '"')
	}
	return append(out, "}\n"...), nil
}

func failBazel(m *message, name string, err error) reply {
	if errors.Is(err, ErrNotFound) || err == errPlainHTTP || err == errOtherScheme {
		return reply{stdout: []byte(nothingForBazel)}
	}
	return m.failed(name, err)
}
