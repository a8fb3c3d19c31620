package middleware

import (
	"errors"
	"net/http"
	"reflect"
)

// NetworkError is an error of an http.Transport that has no type of its own, such as that of an HTTP/2 connection whose pings went
// unanswered. Chain gives it one, since Retry tells errors by their type.
type NetworkError struct{ Err error }

func (e *NetworkError) Error() string { return e.Err.Error() }
func (e *NetworkError) Unwrap() error { return e.Err }

// Timeout is false, for net.Error.
func (*NetworkError) Timeout() bool { return false }

// Temporary is true, for net.Error.
func (*NetworkError) Temporary() bool { return true }

// network is an http.Transport whose errors say what they are.
type network struct{ *http.Transport }

func (n network) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := n.Transport.RoundTrip(req)
	if err != nil && reflect.TypeOf(err) == untyped && req.Context().Err() == nil && wellFormed(req) {
		err = &NetworkError{err}
	}
	return resp, err
}

// untyped is what errors.New makes.
var untyped = reflect.TypeOf(errors.New(""))
