package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Breaker stops asking an origin that fails: where most requests end in an error of the network, a timed-out attempt or a status of 500,
// 502, 503 or 504, its circuit opens, and requests get an *OpenError at once. After a while one of them is let through;
// if it succeeds, the circuit is closed again. A request counts when it ends, however long it took.
//
// A caller who leaves, a status of 4xx and a token that could not be had say nothing about the origin. A 429 says when it wants
// to be asked again (Retry-After, up to half a minute), and until then it is not.
type Breaker struct {
	// Ratio is the part of the outcomes of the last Window that must be failures for the circuit to open, of Min at least; or else Min
	// failures in a row, however seldom they come. Zero: a half, ten seconds, ten outcomes.
	Ratio  float64
	Window time.Duration
	Min    int

	// Open is how long the circuit stays open before a request is let through to try. Zero: ten seconds.
	Open time.Duration

	// Lease is how long that request may take before it counts as a failure. Zero: 30 s.
	Lease time.Duration

	// Slow is how long an attempt must have taken for the end of the caller's own deadline to count as a failure. Zero: 10 s.
	Slow time.Duration

	// Changed is told of each change of an origin's circuit, in their order and outside of all locks.
	Changed func(Change)
}

func (Breaker) place() place { return breaks }

// State is that of a circuit.
type State string

// States of a circuit.
const (
	Closed   State = "closed"
	HalfOpen State = "half-open" // one request is let through
	Open     State = "open"
)

// Change is one of an origin's circuit.
type Change struct {
	Origin   string // such as "https://api.example.com"
	From, To State
}

// OpenError is returned for a request that was not sent, since its origin is failing or has asked to be left alone. Retry does not
// repeat it.
type OpenError struct {
	Origin  string
	RetryAt time.Time // when it may be worth another try
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("circuit of %s is open until %s", e.Origin, e.RetryAt.Format(time.TimeOnly))
}

// Wrap fails if a number of b's is negative, or Ratio more than one.
func (b Breaker) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	if b.Ratio < 0 || b.Ratio > 1 || b.Min < 0 || negative(b.Window, b.Open, b.Lease, b.Slow) {
		return nil, errBreaker
	}
	b.Ratio, b.Window, b.Min = cmp.Or(b.Ratio, 0.5), cmp.Or(b.Window, 10*time.Second), cmp.Or(b.Min, 10)
	b.Open, b.Lease, b.Slow = cmp.Or(b.Open, 10*time.Second), cmp.Or(b.Lease, 30*time.Second), cmp.Or(b.Slow, 10*time.Second)
	return &breaker{next: next, Breaker: b, circuits: newRegistry(func(o origin) *circuit { return newCircuit(b, o) })}, nil
}

var errBreaker = errors.New("middleware.Breaker: a negative number, or a Ratio of more than one")

type breaker struct {
	Breaker
	next     http.RoundTripper
	circuits *registry[circuit]
}

func (b *breaker) RoundTrip(req *http.Request) (*http.Response, error) {
	c := b.circuits.of(req.URL)
	pass, err := c.enter()
	if err != nil {
		closeBody(req)
		return nil, err
	}
	out := errLeft // of a goroutine that ends in next, by a panic or Goexit
	defer func() { pass.end(out) }()
	start := startOf(req.Context())
	body := watched(req)
	resp, err := b.send(req, body)
	if err != nil {
		out = b.outcome(req, err, start, body)
		return nil, err
	}
	resp.Request = req
	out = outcomeOf(resp.StatusCode)
	if resp.StatusCode == http.StatusTooManyRequests {
		c.leaveAlone(resp.Header)
	}
	return resp, nil
}

// send sends req with its body watched, if it is. Auth copies the request anyway; elsewhere it must be copied for that.
func (b *breaker) send(req *http.Request, body *watchedBody) (*http.Response, error) {
	if next, ok := b.next.(*auth); ok {
		return next.roundTrip(req, body)
	}
	return b.next.RoundTrip(withBody(req, body))
}

func (b *breaker) CloseIdleConnections() { closeIdle(b.next) }

// startOf is now where a deadline may end the request, and time will have to be told; elsewhere the clock is not asked.
func startOf(ctx context.Context) (t time.Time) {
	if _, ok := ctx.Deadline(); ok {
		t = time.Now()
	}
	return t
}

// Outcomes that are not a success.
var (
	errFailed = errors.New("failed")
	errLeft   = errors.New("says nothing about the origin")
)

// outcome is what an error says about the origin of req.
func (b *breaker) outcome(req *http.Request, err error, start time.Time, body *watchedBody) error {
	var late *TimeoutError
	ctx := req.Context()
	switch {
	case !fromNetwork(err), body.failed(), !wellFormed(req):
		return errLeft
	case errors.As(context.Cause(ctx), &late), errors.As(err, &late):
		return errFailed
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && time.Since(start) >= b.Slow:
		return errFailed
	case ctx.Err() != nil:
		return errLeft
	}
	return errFailed
}

func outcomeOf(status int) error {
	switch status {
	case http.StatusTooManyRequests:
		return errLeft
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return errFailed
	}
	return nil
}
