package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/retry"
)

// Retry sends a call again that failed and may succeed: on a status of 408, 429, 500, 502, 503 or 504, and on an error of the network. A
// method that is idempotent (RFC 9110 §9.2.2) is sent again in either case, and so is a call with an Idempotency-Key
// or a ctx of Idempotent; any other only on an error that proves that the server never saw the request. A body must be
// to be had again (GetBody).
//
// The caller gets the last attempt's response, with its body unread, or the last attempt's error, as an *AttemptsError if there
// were several.
type Retry struct {
	// Max is how many attempts there are at most, the first included. Zero: 4.
	Max int

	// Wait is the most that is waited after a first failure; it doubles with each attempt up to MaxWait, and each wait is a random part of
	// it (full jitter). Zero: 200 ms and 10 s.
	Wait, MaxWait time.Duration

	// MaxRetryAfter is how long a server may ask to be left alone by Retry-After (RFC 9110 §10.2.3). Who asks for more is not asked
	// again: the caller gets that response at once. Zero: 30 s.
	MaxRetryAfter time.Duration

	// Budget bounds the attempts that are added to one origin's load.
	Budget Budget

	// Retried is told of each attempt that is added, before the wait for it. ctx is the call's.
	Retried func(ctx context.Context, r Retried)
}

// Retried is an attempt that Retry adds to a call.
type Retried struct {
	Origin  string        // such as "https://api.example.com"
	Attempt int           // its number, from 2
	Wait    time.Duration // before it is sent
	Status  int           // of the answer to the attempt before; zero: there was none,
	Err     error         // but this
}

func (Retry) place() place { return retries }

// Wrap fails if a number of r's is negative; but Budget's Burst may be.
func (r Retry) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	if r.Max < 0 || r.Budget.Refill < 0 || negative(r.Wait, r.MaxWait, r.MaxRetryAfter, r.Budget.Spacing) {
		return nil, errRetry
	}
	r.Max = cmp.Or(r.Max, 4)
	r.Wait, r.MaxWait = cmp.Or(r.Wait, 200*time.Millisecond), cmp.Or(r.MaxWait, 10*time.Second)
	r.MaxRetryAfter = cmp.Or(r.MaxRetryAfter, 30*time.Second)
	budget := r.Budget.withDefaults()
	return &retrier{next: next, Retry: r, purses: newRegistry(func(origin) *purse { return &purse{Budget: budget} })}, nil
}

var errRetry = errors.New("middleware.Retry: a negative number")

func negative(ds ...time.Duration) bool {
	return slices.ContainsFunc(ds, func(d time.Duration) bool { return d < 0 })
}

// AttemptsError is the error of the last of several attempts.
type AttemptsError struct {
	Attempts int
	Err      error
}

func (e *AttemptsError) Error() string {
	return fmt.Sprintf("after %d attempts: %v", e.Attempts, e.Err)
}
func (e *AttemptsError) Unwrap() error { return e.Err }

// Timeout is that of Err, for net.Error.
func (e *AttemptsError) Timeout() bool {
	t, ok := e.Err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

type retrier struct {
	Retry
	next   http.RoundTripper
	purses *registry[purse]
	spent  atomic.Bool // some purse is not full, or was not once
}

func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || passing(resp.StatusCode) {
		return r.again(req, resp, err)
	}
	if r.spent.Load() {
		if p := r.purses.peek(originOf(req.URL)); p != nil {
			p.earn()
		}
	}
	return resp, nil
}

func (r *retrier) CloseIdleConnections() { closeIdle(r.next) }

// again is the way of a call whose first attempt has failed. Only here go-retryablehttp comes in.
func (r *retrier) again(req *http.Request, resp *http.Response, err error) (*http.Response, error) {
	ctx := req.Context()
	if c := callOf(ctx); c != nil && c.noRetry || attemptOf(ctx) > 1 { // an attempt of another Retry further out
		return resp, err
	}
	r.spent.Store(true)
	t := &trial{retrier: r, req: req, purse: r.purses.get(originOf(req.URL)), n: 1}
	defer t.leave()
	resp, err = retry.Again(ctx, resp, err, t.send, t.judge)
	if errors.As(err, new(*OpenError)) {
		t.n-- // which was not sent
	}
	if err != nil && t.n > 1 && !errors.Is(err, ctx.Err()) {
		err = &AttemptsError{t.n, err}
	}
	return resp, err
}

// trial is a call after its first attempt.
type trial struct {
	*retrier
	req   *http.Request
	purse *purse
	n     int           // attempts made
	body  io.ReadCloser // of the next one
}

func (t *trial) send(ctx context.Context, n int) (*http.Response, error) {
	out := t.req.WithContext(marked(ctx, n))
	out.Body, t.body, t.n = t.body, nil, n
	resp, err := t.next.RoundTrip(out)
	if err == nil && !passing(resp.StatusCode) {
		t.purse.earn()
	}
	return resp, err
}

// judge is the policy of when to send again. The body is had before the last response is given up.
func (t *trial) judge(resp *http.Response, err error, n int) (wait time.Duration, again bool) {
	if n >= t.Max || !repeatable(t.req, resp, err) {
		return 0, false
	}
	now := time.Now()
	if wait, again = t.wait(resp, n, now); !again || retry.Outlasts(t.req.Context(), wait) {
		return 0, false
	}
	if t.body, again = rewind(t.req); !again || !t.purse.spend(now) {
		return 0, false
	}
	t.tell(resp, err, n, wait)
	return wait, true
}

func (t *trial) tell(resp *http.Response, err error, n int, wait time.Duration) {
	if t.Retried == nil {
		return
	}
	r := Retried{Origin: originOf(t.req.URL).String(), Attempt: n + 1, Wait: wait, Err: err}
	if resp != nil {
		r.Status = resp.StatusCode
	}
	t.Retried(t.req.Context(), r)
}

// wait is how long after the attempt n the next is sent, unless resp asks for more than r grants: to come back earlier than told
// would be no favour.
func (r *retrier) wait(resp *http.Response, n int, now time.Time) (wait time.Duration, ok bool) {
	wait = retry.FullJitter(n, r.Wait, r.MaxWait)
	if resp == nil {
		return wait, true
	}
	after, asked := retry.After(resp.Header, now)
	if asked {
		wait = after + min(wait, after/10) // spread, and never early
	}
	return wait, after <= r.MaxRetryAfter
}

// leave closes the body of an attempt that is not made after all.
func (t *trial) leave() {
	if t.body != nil {
		t.body.Close()
	}
}

// repeatable reports whether what came of an attempt is a reason for another.
func repeatable(req *http.Request, resp *http.Response, err error) bool {
	if err == nil {
		return passing(resp.StatusCode) && idempotent(req)
	}
	return fromNetwork(err) && retry.Passing(err) && (retry.Unwritten(err) || idempotent(req))
}

// fromNetwork reports whether err is not that of a middleware that never sent the request.
func fromNetwork(err error) bool {
	var token *TokenError
	var open *OpenError
	return !errors.As(err, &token) && !errors.As(err, &open)
}

// passing reports whether a status may be another the next time.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// idempotent reports whether req may be carried out twice. The headers are those that net/http itself looks for.
func idempotent(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	if c := callOf(req.Context()); c != nil && c.idempotent {
		return true
	}
	_, key := req.Header["Idempotency-Key"]
	_, xKey := req.Header["X-Idempotency-Key"]
	return key || xKey
}
