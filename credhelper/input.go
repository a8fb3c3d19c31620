package credhelper

import (
	"bytes"
	"io"

	"github.com/fobkit/fob/internal/jsonlite"
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

	data []byte // read and not yet answered
	used int    // how much of data the request is
	end  bool   // there is no more to read, or nothing that counts
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

// json reads to the end what must be one JSON value.
func (in *input) json() (jsonlite.Value, error) {
	data, err := in.all()
	if err != nil {
		return nil, err
	}
	return parseJSON(data)
}

// block reads to a blank line or the end. A person who types a request has no other end to give; what follows is no part of any.
func (in *input) block() ([]byte, error) {
	data, err := in.until(hasBlankLine)
	in.end = in.end || err == nil
	return data, err
}

// line reads one line, without its LF. Its error at the end of all is errEnd. After any other there is no next line: nobody knows where it would begin.
func (in *input) line() ([]byte, error) {
	data, err := in.until(hasLine)
	if err != nil {
		in.end = in.end || err != ErrHandOver
		return nil, err
	}
	if len(data) == 0 {
		return nil, errEnd
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	in.used = min(len(line)+1, len(data))
	return line, nil
}

// next forgets the request that has been answered.
func (in *input) next() { in.data, in.used = in.data[in.used:], 0 }

// until reads until done, which is shown everything and how much of it is old.
func (in *input) until(done func(data []byte, old int) bool) ([]byte, error) {
	if in.data == nil {
		in.data = make([]byte, 0, 1024)
	}
	for old := 0; ; {
		switch in.used = len(in.data); {
		case len(in.data) > in.limit:
			return nil, in.excess
		case in.end, done(in.data, old):
			return in.data, nil
		case len(in.data) == cap(in.data):
			in.data = append(in.data, 0)[:len(in.data)]
		}
		old = len(in.data)
		n, err := in.stdin.Read(in.data[old:cap(in.data)])
		in.data = in.data[:old+n]
		if in.end = err != nil; in.end && err != io.EOF {
			return nil, err
		}
	}
}

func hasLine(data []byte, old int) bool { return bytes.IndexByte(data[old:], '\n') >= 0 }

// hasBlankLine reports whether data, after its first old bytes, ends a line that is empty but for a CR.
func hasBlankLine(data []byte, old int) bool {
	tail := data[max(0, old-2):]
	return data != nil && (bytes.HasPrefix(data, []byte("\n")) || bytes.HasPrefix(data, []byte("\r\n")) ||
		bytes.Contains(tail, []byte("\n\n")) || bytes.Contains(tail, []byte("\n\r\n")))
}
