// Package retry is the loop that token requests and the Retry middleware share: try, judge what came back, wait, try again.
//
// The first attempt is sent straight away and pays nothing. Only after a failure that the Policy wants repeated does
// go-retryablehttp take over, whose loop, timer and cancellation run over a body-less shadow of the call: it never sees
// the real request, so none of its rewriting, draining or error texts reach it.
package retry

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Send makes one attempt. It is called anew for each, so that what may be used only once (a signed assertion) is made anew.
// Attempts count from 1.
type Send func(ctx context.Context, attempt int) (*http.Response, error)

// Policy judges how an attempt ended: whether another shall follow, and after what wait. It bounds the number of attempts.
type Policy func(resp *http.Response, err error, attempt int) (wait time.Duration, again bool)

// Do sends until policy is content, and returns the last attempt's response, its body unread, or its error as send
// returned it. A wait that would outlast ctx's deadline is not begun. If ctx ends during a wait, Do returns ctx's error.
func Do(ctx context.Context, send Send, policy Policy) (*http.Response, error) {
	resp, err := send(ctx, 1)
	return Again(ctx, resp, err, send, policy)
}

// Again goes on where a first attempt has ended with resp and err: Do for those whose first attempt must cost nothing.
func Again(ctx context.Context, resp *http.Response, err error, send Send, policy Policy) (*http.Response, error) {
	c := &call{send: send, policy: policy, n: 1, resp: resp, err: err}
	if !c.again(ctx) {
		return c.resp, c.err
	}
	shadow, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, callKey{}, c), http.MethodGet, "http://shadow.invalid/", nil)
	if err != nil {
		return nil, err
	}
	if _, err := loop.Do(shadow); err != nil {
		return nil, err // a shadow never fails: ctx ended in a wait
	}
	return c.resp, c.err
}

// call is one Do under way: what it does, and how its last attempt ended.
type call struct {
	send   Send
	policy Policy

	n    int // attempts made
	resp *http.Response
	err  error

	wait    time.Duration // before the next attempt
	entered bool          // the loop has been shown the attempt that made us enter it
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

func (c *call) attempt(ctx context.Context) {
	c.n++
	c.resp, c.err = c.send(ctx, c.n)
}

// again asks the policy. If it answers true, the response is gone: drained, so that its connection serves the next attempt.
func (c *call) again(ctx context.Context) bool {
	wait, again := c.policy(c.resp, c.err, c.n)
	if !again || Outlasts(ctx, wait) {
		return false
	}
	Drain(c.resp)
	c.wait = wait
	return true
}

// Outlasts reports whether ctx ends before wait has passed.
func Outlasts(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && time.Until(deadline) <= wait
}

// loop is shared by all calls; each brings its own state in its ctx.
var loop = &retryablehttp.Client{
	HTTPClient: &http.Client{Transport: shadow{}},
	RetryMax:   math.MaxInt, // the policy stops first
	CheckRetry: func(ctx context.Context, _ *http.Response, _ error) (bool, error) {
		c := callOf(ctx)
		if !c.entered {
			c.entered = true
			return true, nil
		}
		return c.again(ctx), nil
	},
	Backoff: func(_, _ time.Duration, _ int, resp *http.Response) time.Duration {
		return callOf(resp.Request.Context()).wait
	},
}

// shadow stands in for the network: it makes the call's next attempt, keeps the outcome there and always answers 200.
// It has no CloseIdleConnections for the loop to call.
type shadow struct{}

func (shadow) RoundTrip(req *http.Request) (*http.Response, error) {
	if c := callOf(req.Context()); c.entered { // else this trip stands for the first attempt, whose outcome is known
		c.attempt(req.Context())
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}
