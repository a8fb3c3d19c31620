package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Timeout bounds each attempt until its response's headers, and apart from that the silence in its body: a stream may
// last as long as it flows. Zero: no bound.
type Timeout struct {
	Headers time.Duration
	Idle    time.Duration // between two reads that bring something
}

func (Timeout) place() place { return endsAttempts }

// Wrap fails if a bound is negative.
func (t Timeout) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	if negative(t.Headers, t.Idle) {
		return nil, errTimeout
	}
	return &timeout{next: next, Timeout: t}, nil
}

// TimeoutError is an attempt, or a stream, that took too long by the client's own rules. The caller's ctx has not ended.
type TimeoutError struct {
	For   string // "headers" or "body"
	After time.Duration
}

func (e *TimeoutError) Error() string { return fmt.Sprintf("no %s for %v", e.For, e.After) }

// Timeout is true, for net.Error.
func (*TimeoutError) Timeout() bool { return true }

// Temporary is true, for net.Error.
func (*TimeoutError) Temporary() bool { return true }

var errTimeout = errors.New("middleware.Timeout: a negative bound")

type timeout struct {
	Timeout
	next http.RoundTripper
}

func (t *timeout) RoundTrip(req *http.Request) (*http.Response, error) {
	a := &timed{late: TimeoutError{"headers", t.Headers}}
	var ctx context.Context
	ctx, a.cancel = context.WithCancelCause(req.Context())
	if t.Headers > 0 {
		a.timer = time.AfterFunc(t.Headers, a.expire)
	}
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	if inTime := a.stop(); !inTime && err == nil {
		resp.Body.Close()
		err = &a.late
	}
	if err != nil {
		if context.Cause(ctx) == &a.late {
			err = &a.late
		}
		a.cancel(nil)
		return nil, err
	}
	resp.Request = req
	if t.Idle > 0 && resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body = newIdleBody(ctx, a.cancel, resp.Body, t.Idle)
	}
	a.body.over(resp, a.cancel)
	return resp, nil
}

func (t *timeout) CloseIdleConnections() { closeIdle(t.next) }

// timed is an attempt under way.
type timed struct {
	body   endingBody
	late   TimeoutError
	cancel context.CancelCauseFunc
	timer  *time.Timer // nil: headers may take as long as they like
}

func (a *timed) expire() { a.cancel(&a.late) }

// stop reports whether the headers came in time.
func (a *timed) stop() bool { return a.timer == nil || a.timer.Stop() }

// idleBody ends a stream whose other end is silent for too long. A reader may take its time.
type idleBody struct {
	io.ReadCloser
	ctx   context.Context
	idle  time.Duration
	late  *TimeoutError
	timer *time.Timer
}

func newIdleBody(ctx context.Context, cancel context.CancelCauseFunc, body io.ReadCloser, idle time.Duration) *idleBody {
	late := &TimeoutError{"body", idle}
	b := &idleBody{ReadCloser: body, ctx: ctx, idle: idle, late: late, timer: time.AfterFunc(idle, func() { cancel(late) })}
	b.timer.Stop()
	return b
}

func (b *idleBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.idle)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && context.Cause(b.ctx) == b.late {
		err = b.late
	}
	return n, err
}
