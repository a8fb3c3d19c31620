package credhelper

import (
	"errors"
	"strconv"
	"strings"
)

// goauth is the protocol of a GOAUTH command (go help goauth): asked before the first request for all that is at hand, and again, with
// the URL and the server's answer, after any 4xx that left go without what it wanted. Nobody sees stderr but with go -x.
var goauth = protocol{words: []string{"goauth"}, parse: parseGoauth, render: renderGoauth, fail: failGoauth}

func parseGoauth(in *input, m *message) error {
	m.req.MinTTL, m.req.Bearer = minTTL, true
	switch len(in.args) {
	case 0:
		m.op = opHeld
		return nil
	case 1:
		m.op = opGet
	default:
		return badUsage("goauth [--profile NAME] [URL]")
	}
	if err := m.req.setAddress(in.args[0]); err != nil {
		return err
	}
	m.req.Server = goServer(in.args[0])
	head, err := in.block()
	if err != nil {
		return err
	}
	return m.req.setResponse(string(head))
}

// goServer is the origin as go wrote it, for go compares its spelling.
func goServer(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	return scheme + "://" + rest[:strings.IndexAny(rest+"/", "/?")]
}

// setResponse reads the head of a response, if there is one: "HTTP/1.1 401 Unauthorized", and lines of "Name: value". Only a 401 says
// that what was sent is no good; for a 403, a 404 or a 410 a token may be as good as ever.
func (r *Request) setResponse(head string) error {
	status, fields, _ := strings.Cut(head, "\n")
	if strings.TrimSpace(head) == "" {
		return nil // typed by a person
	}
	version, rest, _ := strings.Cut(status, " ")
	digits, _, _ := strings.Cut(strings.TrimSuffix(rest, "\r"), " ")
	code, err := strconv.ParseUint(digits, 10, 16)
	if !strings.HasPrefix(version, "HTTP/") || len(digits) != 3 || err != nil {
		return badRequest("a response without a status line")
	}
	r.Rejected = code == 401
	for line := range strings.Lines(fields) {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "WWW-Authenticate") {
			r.Challenges = append(r.Challenges, strings.TrimSpace(value))
		}
	}
	return nil
}

func renderGoauth(m *message, a answer) ([]byte, error) {
	if m.op == opGet {
		header, err := a.cred.header()
		if err != nil {
			return nil, err
		}
		return appendGoauth(nil, m.req.Server+"/"+scope(m.req.Path, a.cred.Path), header), nil
	}
	var out []byte
	for _, h := range a.held {
		if header, err := h.header(); err == nil && h.Form != AWSKeys {
			out = appendGoauth(out, h.URL, header)
		}
	}
	return out, nil
}

// appendGoauth appends a URL, below which go sends header. Without the blank line at the end go takes nothing of an answer.
func appendGoauth(out []byte, url, header string) []byte {
	out = append(append(out, url...), "\n\nAuthorization: "...)
	return append(append(out, header...), "\n\n"...)
}

// scope is below, if asked lies there, as whole segments; else nothing but asked.
func scope(asked, below string) string {
	if below == "/" {
		return ""
	}
	if rest, ok := strings.CutPrefix(asked, below); ok && below != "" && (rest == "" || rest[0] == '/') {
		return below
	}
	return asked
}

// failGoauth is silent where go shall try its next command: it asks each of them about everything.
func failGoauth(m *message, name string, err error) reply {
	if errors.Is(err, ErrNotFound) {
		return reply{}
	}
	return m.failed(name, err)
}
