package middleware

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Deadline bounds a call with all its attempts and waits, until its response's body is closed. An earlier one of the caller's
// stays.
type Deadline time.Duration

func (Deadline) place() place { return endsCalls }

// Wrap fails if d is not above zero.
func (d Deadline) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	if d <= 0 {
		return nil, errDeadline
	}
	return &deadline{next, time.Duration(d)}, nil
}

var errDeadline = errors.New("middleware.Deadline: not above zero")

type deadline struct {
	next http.RoundTripper
	d    time.Duration
}

func (d *deadline) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), d.d)
	resp, err := d.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	new(endingBody).over(resp, func(error) { cancel() })
	return resp, nil
}

func (d *deadline) CloseIdleConnections() { closeIdle(d.next) }
