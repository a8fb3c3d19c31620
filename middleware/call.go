package middleware

import (
	"context"
	"net/http"
)

// call is what a caller wants otherwise for one call, and how far that has come.
type call struct {
	noRetry    bool
	idempotent bool
	noReplay   bool
	scopes     []string

	attempt  int // zero: the first
	replayed bool
}

type callKey struct{}

// callOf is what ctx's caller wants; nil: the usual, for the first time.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

func with(ctx context.Context, set func(*call)) context.Context {
	var c call
	if old := callOf(ctx); old != nil {
		c = *old
	}
	set(&c)
	return context.WithValue(ctx, callKey{}, &c)
}

// bare is ctx without what is said of this call: a mint is another call.
func bare(ctx context.Context) context.Context {
	if callOf(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, (*call)(nil))
}

// NoRetry returns a ctx whose calls Retry sends once.
func NoRetry(ctx context.Context) context.Context {
	return with(ctx, func(c *call) { c.noRetry = true })
}

// Idempotent returns a ctx whose calls Retry may send again whatever their method, as if they had an Idempotency-Key.
func Idempotent(ctx context.Context) context.Context {
	return with(ctx, func(c *call) { c.idempotent = true })
}

// NoReplay returns a ctx whose calls Auth sends once: a 401 drops the token, and is the caller's.
func NoReplay(ctx context.Context) context.Context {
	return with(ctx, func(c *call) { c.noReplay = true })
}

// WithScopes returns a ctx whose calls Auth sends with a token of those scopes, from its ForScopes.
func WithScopes(ctx context.Context, scopes ...string) context.Context {
	return with(ctx, func(c *call) { c.scopes = scopes })
}

// marked is ctx for the attempt of that number.
func marked(ctx context.Context, attempt int) context.Context {
	return with(ctx, func(c *call) { c.attempt = attempt })
}

// attemptOf is the number of the attempt that ctx belongs to, from 1.
func attemptOf(ctx context.Context) int {
	if c := callOf(ctx); c != nil {
		return max(c.attempt, 1)
	}
	return 1
}

// replayed is ctx for a request that Auth sends for the second time.
func replayed(ctx context.Context) context.Context {
	return with(ctx, func(c *call) { c.replayed = true })
}

// Attempts is how many attempts Retry made for resp, this one included.
func Attempts(resp *http.Response) int {
	if resp.Request == nil {
		return 1
	}
	return attemptOf(resp.Request.Context())
}
