package credhelper

import (
	"errors"

	"github.com/fobkit/fob"
)

// What a Handler may fail with, wrapped or not, besides [fob.ErrLoginRequired]. Each protocol renders them in its own way.
var (
	ErrNotFound    = errors.New("not found")           // the request is not ours: the tool goes on without
	ErrDenied      = errors.New("denied")              // ours, and refused
	ErrUnreachable = errors.New("server unreachable")  // the authorization server, that is
	ErrTryLater    = errors.New("try again later")     // a passing fault
	ErrPermission  = errors.New("permission")          // a file or a key that this user may not read or write
	ErrConfig      = errors.New("configuration")       // something its user wrote, or did not write
	ErrUnsupported = errors.New("not supported")       // by this Handler
	ErrHandOver    = errors.New("for another program") // Serve returns it in a *HandOver, having written nothing
)

// errEnd is the end of the requests of a tool that may have asked several times.
var errEnd = errors.New("no more requests")

// errPlainHTTP refuses to send a secret in the clear.
var errPlainHTTP = badRequest("plain http to a host that is not loopback")

// errOtherScheme is for what is not HTTP at all: some tools ask about that too.
var errOtherScheme = badRequest("a scheme other than https")

// What a Handler answered, and no tool may see.
var (
	errEcho      = &because{"the tool's own token in place of another", ErrDenied}
	errOtherKind = &because{"a credential of another kind than the tool wants", ErrDenied}
)

// because is an error of a kind. It is made where it stands: what a package makes when it starts, every call pays for.
type because struct {
	why  string
	kind error
}

func (b *because) Error() string { return b.why + ": " + b.kind.Error() }
func (b *because) Unwrap() error { return b.kind }

// badRequest is why a request was refused before any Handler saw it. It quotes nothing of it.
type badRequest string

func (e badRequest) Error() string { return string(e) }

// badUsage is how the program would have been called rightly.
type badUsage string

func (e badUsage) Error() string { return "usage: " + string(e) }

// ExitCode is the exit status that says err, where the protocol does not demand another: 0 for nil, 1 not found and
// everything unnamed, 2 a request or call out of form, 3 login required, 4 denied, 69 server unreachable, 75 try again later, 77 permission.
// An error that says no more than its [fob.Outcome] is 75 (Transient, InDoubt), 4 (Terminal) or 1 (Local).
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	for _, k := range []struct {
		err  error
		code int
	}{
		{ErrNotFound, 1}, {ErrUnsupported, 1}, {ErrConfig, 2}, {fob.ErrLoginRequired, 3}, {ErrDenied, 4}, {ErrUnreachable, 69}, {ErrTryLater, 75}, {ErrPermission, 77},
	} {
		if errors.Is(err, k.err) {
			return k.code
		}
	}
	if errors.As(err, new(badRequest)) || errors.As(err, new(badUsage)) {
		return 2
	}
	return outcomeCode(err)
}

func outcomeCode(err error) int {
	if !errors.As(err, new(interface{ Outcome() fob.Outcome })) {
		return 1
	}
	switch fob.OutcomeOf(err) {
	case fob.Terminal:
		return 4
	case fob.Local:
		return 1
	}
	return 75
}
