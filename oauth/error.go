package oauth

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/fobkit/fob"
)

var (
	// ErrNoRevocation is returned by Revoke where the server offers no revocation endpoint (RFC 7009).
	ErrNoRevocation = errors.New("server offers no revocation")

	// ErrInsecure is in the tree of the error for a URL that is neither https nor http on loopback.
	ErrInsecure = errors.New("https required")
)

// Error is an authorization server that refused, gave an answer that cannot be understood, or gave none.
type Error struct {
	Op   string // the grant type asked for, "revocation" or "discovery"
	Host string // host and port that were asked

	Status      int           // HTTP status; zero: no answer
	Code        string        // RFC 6749 §5.2 error code, if there is one of lower-case letters and underscores; of AWS, a well-known one
	Description fob.Secret    // error_description as the server wrote it: foreign text, hence not shown by itself
	RetryAfter  time.Duration // how long the server asks to be left alone; zero: it does not say
	Skew        time.Duration // how far the server's clock is ahead of this machine's; zero: they agree within half a minute

	Problem string // what is wrong with the answer; empty: it was understood
	Err     error  // why there is no answer; its text may quote the server

	doubt bool // a single-use value was sent, and may have been used up
}

// Error names the host, the operation and the code or what went wrong, in fob's own words.
func (e *Error) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("%s: no answer from %s: %s", e.Op, e.Host, reason(e.Err))
	case e.Problem != "":
		return fmt.Sprintf("%s: malformed answer from %s (status %d): %s", e.Op, e.Host, e.Status, e.Problem)
	case e.Code != "":
		return fmt.Sprintf("%s: refused by %s: %s", e.Op, e.Host, e.Code)
	}
	return fmt.Sprintf("%s: refused by %s: status %d", e.Op, e.Host, e.Status)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// passingCodes do not say that the same request will be refused again. Of AWS's, InvalidIdentityToken also comes of an issuer's keys that STS
// has not seen yet: its own SDKs ask again.
var passingCodes = []string{
	"server_error", "temporarily_unavailable", "slow_down", "authorization_pending",
	"IDPCommunicationError", "InvalidIdentityToken", "RequestLimitExceeded", "Throttling", "ThrottlingException",
}

// Outcome is InDoubt if a single-use value may have been used up; Terminal if the server knew the request and refused it: by
// an error code, or by a 400 or 401 without a word (glewlwyd's way), or if it has no metadata of the issuer. All else is Transient, a page in HTML included: it is rather a
// gateway's or a captive portal's than the server's.
func (e *Error) Outcome() fob.Outcome {
	switch {
	case e.doubt:
		return fob.InDoubt
	case e.Err != nil, e.Problem != "", e.Status >= 500, e.Status == http.StatusTooManyRequests:
		return fob.Transient
	case e.Code != "" && !slices.Contains(passingCodes, e.Code), e.mute(), e.NoIssuer():
		return fob.Terminal
	}
	return fob.Transient
}

// NoIssuer reports whether the server has metadata of the issuer in none of its places: there is probably a slip in its name.
func (e *Error) NoIssuer() bool {
	return e.Op == opDiscovery && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// Unreachable reports whether there is no answer at all.
func (e *Error) Unreachable() bool { return e.Status == 0 && e.Err != nil }

// Untrusted reports whether there is no answer because nobody whom this machine trusts vouches for the server. A cache asks soon again: that
// ends when a person changes it.
func (e *Error) Untrusted() bool { return errors.As(e.Err, new(x509.UnknownAuthorityError)) }

// Pause is RetryAfter, for a cache that remembers the failure.
func (e *Error) Pause() time.Duration { return e.RetryAfter }

// mute reports whether the server refused a request of ours without a code. Metadata it refuses to everyone.
func (e *Error) mute() bool {
	return e.Op != opDiscovery && e.Code == "" && e.Err == nil && e.Problem == "" && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized)
}

// LocalError is something missing or wrong on this machine: nothing was asked of the server.
type LocalError struct {
	What string // "client secret", "token endpoint", …
	Err  error
}

func (e *LocalError) Error() string { return e.What + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *LocalError) Unwrap() error { return e.Err }

// Outcome is Local.
func (e *LocalError) Outcome() fob.Outcome { return fob.Local }

// local says of err, unless it does so itself, that nothing was asked of the server.
func local(what string, err error) error {
	if l := (*LocalError)(nil); errors.As(err, &l) {
		return err
	}
	return &LocalError{what, err}
}

// LoginError says that only a person can get the next token. It matches [fob.ErrLoginRequired].
type LoginError struct {
	Client string // client_id
	Err    error  // the server's refusal; nil: there is no refresh token to try
}

func (e *LoginError) Error() string {
	if e.Err == nil {
		return fob.ErrLoginRequired.Error()
	}
	return fob.ErrLoginRequired.Error() + ": " + e.Err.Error()
}

// Is matches fob.ErrLoginRequired.
func (e *LoginError) Is(target error) bool { return target == fob.ErrLoginRequired }

// Unwrap returns Err.
func (e *LoginError) Unwrap() error { return e.Err }

// Outcome is Terminal.
func (e *LoginError) Outcome() fob.Outcome { return fob.Terminal }

// deadError is a mint that failed after the server had called the refresh token dead: a cache drops that, whatever else err means.
type deadError struct{ err error }

func (e *deadError) Error() string     { return e.err.Error() }
func (e *deadError) Unwrap() error     { return e.err }
func (e *deadError) RefreshDead() bool { return true }
