package credhelper

import (
	"bytes"
	"io"
)

// maxInput bounds a request: a line of git's is 64 KiB at most, an ExecCredential with a CA bundle 128 KiB.
const maxInput = 1 << 20

// input is where a protocol reads its request.
type input struct {
	name    string // of the helper
	version string
	args    []string // the verb and what follows
	getenv  func(string) string

	stdin  io.Reader
	limit  int
	excess error // for a request over limit
}

func (c *Call) input(t *target) *input {
	in := &input{name: t.name, version: c.Version, args: t.args, getenv: c.Getenv, stdin: c.Stdin, limit: maxInput, excess: badRequest("over 1 MiB")}
	if c.Limit > 0 {
		in.limit, in.excess = c.Limit, ErrHandOver
	}
	if in.getenv == nil {
		in.getenv = func(string) string { return "" }
	}
	return in
}

// all reads to the end.
func (in *input) all() ([]byte, error) { return in.until(func([]byte, int) bool { return false }) }

// block reads to a blank line or the end. A person who types a request has no other end to give.
func (in *input) block() ([]byte, error) { return in.until(hasBlankLine) }

// until reads until done, which is shown everything and how much of it is old.
func (in *input) until(done func(data []byte, old int) bool) ([]byte, error) {
	data := make([]byte, 0, 1024)
	for {
		n, err := in.stdin.Read(data[len(data):cap(data)])
		old := len(data)
		data = data[:old+n]
		switch {
		case len(data) > in.limit:
			return nil, in.excess
		case err == io.EOF, done(data, old):
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// hasBlankLine reports whether data, after its first old bytes, ends a line that is empty but for a CR.
func hasBlankLine(data []byte, old int) bool {
	tail := data[max(0, old-2):]
	return data != nil && (bytes.HasPrefix(data, []byte("\n")) || bytes.HasPrefix(data, []byte("\r\n")) ||
		bytes.Contains(tail, []byte("\n\n")) || bytes.Contains(tail, []byte("\n\r\n")))
}
