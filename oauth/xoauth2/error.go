package xoauth2

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/oauth2"

	"github.com/fobkit/fob"
)

// Error is an oauth2.TokenSource that gave no token. Its own text tells neither what the server wrote nor a URL, as x/oauth2's errors do.
type Error struct {
	Status int    // HTTP status; zero: unknown
	Code   string // RFC 6749 §5.2 error code, if there is one of lower-case letters and underscores
	Err    error  // the source's. Its text may quote the server. Nil: there was neither a token nor an error
}

func newError(err error) *Error {
	e := &Error{Err: err}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return e
	}
	if refused.Response != nil {
		e.Status = refused.Response.StatusCode
	}
	if strings.Trim(refused.ErrorCode, "abcdefghijklmnopqrstuvwxyz_") == "" {
		e.Code = refused.ErrorCode
	}
	return e
}

func (e *Error) Error() string {
	switch {
	case e.Code != "":
		return "token source: refused: " + e.Code
	case e.Status != 0:
		return fmt.Sprintf("token source: refused: status %d", e.Status)
	}
	return "token source: no token"
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Outcome is Terminal for a code that the same request with the same credentials will meet again, and else Transient.
func (e *Error) Outcome() fob.Outcome {
	switch e.Code {
	case "invalid_client", "invalid_grant", "unauthorized_client":
		return fob.Terminal
	}
	return fob.Transient
}
