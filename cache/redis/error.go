package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/tier"
	"github.com/redis/rueidis"
)

// The fields of Options that errors name, and ACL, which is set at the server.
const (
	fieldURL      = "URL"
	fieldPassword = "Password"
	fieldKeys     = "Keys"
	fieldTLS      = "TLS"
	fieldPrefix   = "Prefix"
	fieldACL      = "ACL"
)

// OptionError is what is wrong with Options. Nothing was asked of a server.
type OptionError struct {
	Field string // of Options
	Err   error
}

func (e *OptionError) Error() string { return "redis: " + e.Field + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *OptionError) Unwrap() error { return e.Err }

// Outcome is Local.
func (*OptionError) Outcome() fob.Outcome { return fob.Local }

// ServerError is a server that did not answer, or not as it should. Its text is fob's own.
type ServerError struct {
	Field  string // which setting is at odds with the server: URL, Password, TLS, Prefix, or ACL, the server's own; empty: none
	Host   string // the server's address
	Reason string // what it does
	Err    error  // of the connection; nil: the server answered

	passing bool // it will be over without a change to any setting
}

func (e *ServerError) Error() string {
	text := "redis: "
	if e.Field != "" {
		text += e.Field + ": "
	}
	text += e.Host + " " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *ServerError) Unwrap() error { return e.Err }

// Unreachable reports whether there is no answer at all.
func (e *ServerError) Unreachable() bool { return e.Err != nil }

// Refusal reports whether the server will say no again until somebody changes a setting, or makes room.
func (e *ServerError) Refusal() bool { return e.Err == nil && !e.passing }

// Is matches tier.ErrOther for an answer that is about one record.
func (e *ServerError) Is(target error) bool { return target == tier.ErrOther && e.Field == fieldPrefix }

// Outcome is Local for a refusal, else Transient. It is of the store alone that it speaks.
func (e *ServerError) Outcome() fob.Outcome {
	if e.Refusal() {
		return fob.Local
	}
	return fob.Transient
}

var (
	// errAnswer stands for an answer that no server of ours gives.
	errAnswer = errors.New("malformed answer")

	// errSilent is in a *ServerError for a server that takes too long.
	errSilent = errors.New("no answer in time")

	// errCut is in a *ServerError for a connection that ended.
	errCut = errors.New("connection ended")
)

// dialError is why there is no connection, as rueidis or net says it.
type dialError struct{ err error }

func (e *dialError) Error() string { return "no connection" }

// handshakeError is why there is no TLS on a connection.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "no TLS" }
func (e *handshakeError) Unwrap() error { return e.err }

// error says in words of fob's own what rueidis says in those of others. It is nil for nil.
func (l *link) error(ctx context.Context, err error) error {
	var dial *dialError
	answer, refused := rueidis.IsRedisErr(err)
	switch {
	case err == nil, err == ErrClosed:
		return err
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return context.Cause(ctx)
	case errors.As(err, &dial):
		return l.undialed(dial.err)
	case refused:
		return l.refusal(answer.Error())
	case errors.Is(err, errAnswer), rueidis.IsParseErr(err):
		return &ServerError{Field: fieldPrefix, Host: l.server.address, Reason: "has something else under our names"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return &ServerError{Host: l.server.address, Reason: "is away", Err: errSilent}
	case errors.Is(err, rueidis.ErrClosing):
		return ErrClosed
	}
	return &ServerError{Host: l.server.address, Reason: "is away", Err: errCut}
}

// undialed is an error before the server has greeted.
func (l *link) undialed(err error) error {
	var (
		dial      *net.OpError
		handshake *handshakeError
	)
	answer, refused := rueidis.IsRedisErr(err)
	e := &ServerError{Field: fieldURL, Host: l.server.address, Reason: "cannot be reached", Err: errCut}
	switch {
	case refused:
		return l.refusal(answer.Error())
	case errors.Is(err, rueidis.ErrNoCache): // said of what CLIENT TRACKING was answered, behind that answer
		if denial := l.refusal(err.Error()); denial.Field == fieldACL {
			return denial
		}
		e.Reason, e.Err = tooOld, nil
	case errors.As(err, &dial) && dial.Op == "dial":
		e.Err = dial.Err
	case untrusted(err) != "":
		e.Field, e.Reason, e.Err = fieldTLS, untrusted(err), nil
	case errors.As(err, &handshake):
		e.Field, e.Reason = fieldTLS, "cannot be spoken to with TLS"
	case strings.HasPrefix(err.Error(), "received unknown message type: ") && !strings.HasSuffix(err.Error(), tlsAlert):
		e.Reason, e.Err = "is no Redis server", nil
	case l.tls == nil && l.server.network == "tcp" && !isTimeout(err):
		e.Field, e.Reason = fieldTLS, "cannot be spoken to, perhaps for want of TLS" // a server that expects it ends the connection, or sends an alert
	}
	if e.Err == errCut && isTimeout(err) {
		e.Err = errSilent
	}
	return e
}

// tlsAlert is the type of a TLS record that refuses a handshake, as rueidis says it of a message.
const tlsAlert = " 21"

func isTimeout(err error) bool {
	var e net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &e) && e.Timeout()
}

// untrusted is why a TLS handshake failed; empty: it did not. The library's own words quote the certificate.
func untrusted(err error) string {
	var (
		noTLS     tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
		other     *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &noTLS):
		return "does not speak TLS"
	case errors.As(err, &authority):
		return "has a certificate of an unknown authority"
	case errors.As(err, &name):
		return "has a certificate for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "has a certificate that is not valid at this time"
	case errors.As(err, &other):
		return "has a certificate that is not valid"
	case errors.As(err, &alert):
		return "refused the TLS handshake"
	}
	return ""
}

// tooOld is a server that does not tell of changes to its clients. There are proxies and services that do not, whatever is behind them.
const tooOld = "is older than Redis 6, or speaks as if it were"

// refusals are what a server's errors begin with, less the word ERR, and what they mean.
var refusals = []struct {
	prefix string
	is     ServerError
}{
	{"WRONGPASS", ServerError{Field: fieldPassword, Reason: "refuses user or password"}},
	{"NOAUTH", ServerError{Field: fieldPassword, Reason: "wants a password"}},
	{"invalid password", ServerError{Field: fieldPassword, Reason: "refuses user or password"}}, // Redis 6, without a user
	{"AUTH", ServerError{Field: fieldPassword, Reason: "wants no password"}},
	{"NOPERM", ServerError{Field: fieldACL}},
	{"The user executing the script", ServerError{Field: fieldACL}},
	{"WRONGTYPE", ServerError{Field: fieldPrefix, Reason: "has something else under our names"}},
	{"DB index", ServerError{Field: fieldURL, Reason: "has no such database"}},
	{"max number of clients", ServerError{Reason: "has too many clients", passing: true}},
	{"unknown", ServerError{Field: fieldURL, Reason: tooOld}},
	{"NOPROTO", ServerError{Field: fieldURL, Reason: tooOld}},
	{"MOVED", ServerError{Field: fieldURL, Reason: "is one of a cluster"}},
	{"CROSSSLOT", ServerError{Field: fieldURL, Reason: "is one of a cluster"}},
	{"CLUSTERDOWN", ServerError{Field: fieldURL, Reason: "is one of a cluster"}},
	{"READONLY", ServerError{Field: fieldURL, Reason: "is a replica, which cannot be written to"}},
	{"MASTERDOWN", ServerError{Field: fieldURL, Reason: "is a replica without its master"}},
	{"MISCONF", ServerError{Reason: "refuses to write, since it cannot save to its disk"}},
	{"NOREPLICAS", ServerError{Reason: "refuses to write, since it lacks replicas"}},
	{"OOM", ServerError{Reason: "refuses to write, since its memory is full"}},
	{"LOADING", ServerError{Reason: "is still loading", passing: true}},
	{"BUSY", ServerError{Reason: "is busy", passing: true}},
	{"TRYAGAIN", ServerError{Reason: "is busy", passing: true}},
}

// refusal is an error that the server answered with.
func (l *link) refusal(text string) *ServerError {
	e := ServerError{Reason: "answers with an error"}
	for _, r := range refusals {
		if strings.HasPrefix(text, r.prefix) {
			e = r.is
			break
		}
	}
	if e.Field == fieldACL {
		e.Reason = denied(text)
	}
	e.Host = l.server.address
	return &e
}

// denied is which of a user's permissions is missing. The server says it in words that differ from version to version, and those of a
// script name no command.
func denied(text string) string {
	for _, command := range commands {
		if strings.Contains(text, "'"+command+"'") {
			return "denies the user the command " + command
		}
	}
	if strings.Contains(text, " key") {
		return "denies the user the keys"
	}
	return "denies the user a command"
}

// commands are those that fob needs.
var commands = strings.Fields("client|tracking select scan hmget hget hexists hset hdel get set del pttl pexpire time eval evalsha")
