package credhelper

import (
	"context"
	"errors"
	"io"
	"os"
)

// Call is one run of a helper: what the tool gave it.
type Call struct {
	Args           []string                 // with the program's own name, as in os.Args
	Getenv         func(name string) string // nil: an empty environment
	Stdin          io.Reader                // read no further than the request goes
	Stdout, Stderr io.Writer

	// Version is what docker-credential-NAME version prints.
	Version string

	// Limit is how many bytes of Stdin may be read: a longer request is ErrHandOver.
	// If zero, it is 1 MiB, and a longer request is refused.
	Limit int
}

// OS is the Call that this process is.
func OS() Call {
	return Call{Args: os.Args, Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
}

// Serve answers c and returns the exit status. The answer goes to c.Stdout in one Write; what is for people, one line, goes to
// c.Stderr (docker: to c.Stdout, where docker looks for it).
//
// err is nil but where h, or c.Limit, says ErrHandOver. Then nothing has been written, and another program can take over: its arguments
// are [Words] of c.Args, its stdin is what was read of c.Stdin (an [io.TeeReader] keeps it) and then the rest.
func Serve(ctx context.Context, h Handler, c Call) (code int, err error) {
	r, err := c.reply(ctx, h)
	if err != nil {
		return 0, err
	}
	return r.write(c.Stdout, c.Stderr), nil
}

// reply is what a run ends with.
type reply struct {
	stdout []byte
	stderr string
	code   int
}

func (r reply) write(stdout, stderr io.Writer) int {
	if r.stderr != "" {
		io.WriteString(stderr, r.stderr)
	}
	if len(r.stdout) == 0 {
		return r.code
	}
	if _, err := stdout.Write(r.stdout); err != nil {
		return max(r.code, 1) // whoever reads it has gone, and stderr most likely with it
	}
	return r.code
}

// protocol is one calling protocol. To add one, write its file and name it in protocols.
type protocol struct {
	words []string // what chooses it as first word; the first of them is Request.Protocol
	link  string   // a program whose name is this and then NAME or NAME-PROFILE speaks it

	parse  func(in *input, m *message) error              // fills m from what the tool gave
	render func(m *message, a answer) ([]byte, error)     // the answer to m as the tool reads it
	fail   func(m *message, name string, err error) reply // how the tool is told of err
}

// op is what a message wants of the Handler.
type op int

const (
	opNothing op = iota // the protocol answers it by itself
	opGet
	opStore
	opErase
	opList
)

// message is a request as read.
type message struct {
	op      op
	req     Request
	dialect string     // the protocol's version as asked, for its render
	sent    Credential // opStore, opErase: what the tool says it used
	fixed   []byte     // opNothing: the answer
}

// answer is what the Handler said to a message.
type answer struct {
	cred    Credential
	entries []Entry
}

// reply reads, asks h and renders. Its error is ErrHandOver.
func (c *Call) reply(ctx context.Context, h Handler) (reply, error) {
	t, err := dispatch(c.Args)
	if err != nil {
		return failPlain(t.name, err.Error(), err), nil
	}
	m := message{req: Request{Protocol: t.proto.words[0], Profile: t.profile}}
	out, err := c.answer(ctx, h, &t, &m)
	switch {
	case errors.Is(err, ErrHandOver):
		return reply{}, err
	case err != nil:
		return t.proto.fail(&m, t.name, err), nil
	}
	return reply{stdout: out}, nil
}

func (c *Call) answer(ctx context.Context, h Handler, t *target, m *message) ([]byte, error) {
	if err := t.proto.parse(c.input(t), m); err != nil {
		return nil, err
	}
	if m.op == opNothing {
		return m.fixed, nil
	}
	a, err := m.ask(ctx, h)
	if err != nil {
		return nil, err
	}
	return t.proto.render(m, a)
}

// ask calls the method of h that m is for.
func (m *message) ask(ctx context.Context, h Handler) (a answer, err error) {
	switch m.op {
	case opGet:
		a.cred, err = h.Credential(ctx, m.req)
		if err == nil && a.cred.Secret == "" {
			err = ErrNotFound
		}
	case opStore:
		err = ErrUnsupported
		if s, ok := h.(Storer); ok {
			err = s.Store(ctx, m.req, m.sent)
		}
	case opErase:
		if e, ok := h.(Eraser); ok {
			err = e.Erase(ctx, m.req, m.sent)
		}
	case opList:
		if l, ok := h.(Lister); ok {
			a.entries, err = l.List(ctx)
		}
	}
	return a, err
}
