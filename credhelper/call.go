package credhelper

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
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

// Serve answers c and returns the exit status. An answer goes to c.Stdout in one Write; what is for people, one line, goes to
// c.Stderr (docker: to c.Stdout, where docker looks for it).
//
// err is nil, or a *HandOver where h, or c.Limit, says ErrHandOver, or where another program of the tool's may know what h does not;
// code is then for a caller that has none to hand over to.
func Serve(ctx context.Context, h Handler, c Call) (code int, err error) {
	t, err := dispatch(c.Args)
	if err != nil {
		return t.refuse(err).write(c.Stdout, c.Stderr), nil
	}
	t.greet(c.Stdout)
	in := c.input(&t)
	for {
		r, err := t.reply(ctx, h, in)
		switch {
		case errors.Is(err, errEnd):
			return code, nil
		case err != nil:
			return 1, t.handOver(in)
		}
		if code = r.write(c.Stdout, c.Stderr); !t.proto.session || code != 0 {
			return code, nil
		}
		in.next()
	}
}

// refuse tells of a call that is out of form before its request is read.
func (t *target) refuse(err error) reply {
	if t.proto != nil && t.proto.silent {
		return t.proto.fail(&message{req: Request{Protocol: t.proto.words[0]}}, t.name, err)
	}
	return failPlain(t.name, err.Error(), err)
}

// reply is what a request ends with.
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
	words    []string // what chooses it as first word; the first of them is Request.Protocol
	link     string   // a program whose name is this and then NAME or NAME-PROFILE speaks it; empty: none but NAME-WORD and NAME-WORD-PROFILE
	whole    string   // so does the program of this very name; empty: none
	switches []string // flags that may stand before the verb, beside --profile; they are left for parse

	parse  func(in *input, m *message) error              // fills m from what the tool gave
	render func(m *message, a answer) ([]byte, error)     // the answer to m as the tool reads it
	fail   func(m *message, name string, err error) reply // how the tool is told of err

	next   bool // there may be another program of its name, for what is not found
	silent bool // stderr stays empty: the tool takes it for an answer

	// session is for a tool that may ask several times: parse returns errEnd when it does not, and a reply with an exit status is the
	// last. greeting is what such a tool waits for before it asks; with it, args becomes what a program is called with that takes over.
	session  bool
	greeting func(args []string) (text string, rest []string)
}

// op is what a message wants of the Handler.
type op int

const (
	opNothing op = iota // the protocol answers it by itself
	opGet
	opStore
	opErase
	opList
	opHeld
)

// message is a request as read.
type message struct {
	op      op
	req     Request
	dialect string     // the protocol's version as asked, for its render
	sent    Credential // opStore, opErase: what the tool says it used
	fixed   []byte     // opNothing: the answer

	resumable bool          // git: the tool can come back with what was refused
	file      string        // where the answer shall lie too, as the tool says; empty: nowhere
	patience  time.Duration // how long the tool waits for an answer, less what it takes to write one; zero: as long as it takes
}

// answer is what the Handler said to a message.
type answer struct {
	cred    Credential
	entries []Entry
	held    []Held
}

// reply reads, asks h and renders. Its error is ErrHandOver or errEnd.
func (t *target) reply(ctx context.Context, h Handler, in *input) (reply, error) {
	m := message{req: Request{Protocol: t.proto.words[0], Profile: t.profile}}
	out, err := t.answer(ctx, h, in, &m)
	switch {
	case errors.Is(err, ErrHandOver), errors.Is(err, errEnd):
		return reply{}, err
	case t.proto.next && errors.Is(err, ErrNotFound):
		return reply{}, ErrHandOver
	case err != nil:
		return t.proto.fail(&m, t.name, err), nil
	}
	return reply{stdout: out}, nil
}

func (t *target) answer(ctx context.Context, h Handler, in *input, m *message) ([]byte, error) {
	if err := t.proto.parse(in, m); err != nil {
		return nil, err
	}
	if m.op == opNothing {
		return m.fixed, nil
	}
	if m.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, m.patience)
		defer cancel()
	}
	a, err := m.ask(ctx, h)
	if err != nil {
		return nil, err
	}
	out, err := t.proto.render(m, a)
	if s, ok := h.(Saver); ok && err == nil && m.file != "" {
		err = s.Save(ctx, m.req, m.file, out)
	}
	return out, err
}

// ask calls the method of h that m is for.
func (m *message) ask(ctx context.Context, h Handler) (a answer, err error) {
	switch m.op {
	case opGet:
		a.cred, err = h.Credential(ctx, m.req)
		if err == nil {
			err = m.suits(a.cred)
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
	case opHeld:
		if l, ok := h.(Holder); ok {
			a.held, err = l.Held(ctx, m.req)
		}
	}
	return a, err
}

// suits refuses what m's protocol must not print, whatever a Handler makes of the request.
func (m *message) suits(c Credential) error {
	switch {
	case c.isEmpty(), c.AuthType != "" && !m.req.Bearer:
		return ErrNotFound
	case m.req.Subject != "" && c.Secret == m.req.Subject:
		return errEcho
	case (c.Form == AWSKeys) != (m.req.Protocol == "aws"), c.Secret == "" && c.CertificateKey != "" && m.req.Protocol != "kubernetes":
		return errOtherKind
	}
	return nil
}
