package middleware

import (
	"fmt"
	"net/http"
	"reflect"
)

// Middleware wraps a RoundTripper. What it lacks, or has too much of, is an error when it is built, not at the first request.
type Middleware interface {
	Wrap(next http.RoundTripper) (http.RoundTripper, error)
}

// Chain wraps base in the given order, outermost first: the first one sees a request first and a response last. A nil base is
// http.DefaultTransport. An order in which two of them would undo each other's work is an *OrderError. Middleware of
// other packages may stand anywhere.
func Chain(base http.RoundTripper, outermostFirst ...Middleware) (http.RoundTripper, error) {
	if base == nil {
		base = http.DefaultTransport
	}
	if err := checkOrder(outermostFirst); err != nil {
		return nil, err
	}
	rt := base
	if t, ok := base.(*http.Transport); ok {
		rt = network{t}
	}
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		var err error
		if rt, err = outermostFirst[i].Wrap(rt); err != nil {
			return nil, err
		}
	}
	return rt, nil
}

// OrderError is an order of middleware that makes no sense.
type OrderError struct {
	Outer, Inner string // types, such as "Auth" and "Retry"
	Reason       string
}

func (e *OrderError) Error() string {
	return fmt.Sprintf("middleware: %s outside %s: %s", e.Outer, e.Inner, e.Reason)
}

// place is where in a chain a middleware belongs. The zero place is anywhere.
type place int

// Places from the outside in.
const (
	logsCalls place = iota + 1
	endsCalls
	retries
	endsAttempts
	breaks
	authorizes
	logsAttempts
)

// placed is a Middleware that may not stand anywhere.
type placed interface{ place() place }

// reasons are why the first must not stand outside the second.
var reasons = map[[2]place]string{
	{retries, retries}:         "each attempt of the one would be several of the other's",
	{breaks, breaks}:           "an outcome would count twice",
	{endsCalls, logsCalls}:     "the log would miss that the deadline ended a call",
	{retries, logsCalls}:       "a call would be logged once an attempt: that is AttemptLog",
	{retries, endsCalls}:       "each attempt would have the whole deadline: that is Timeout",
	{endsAttempts, retries}:    "it would bound all attempts and their waits: that is Deadline",
	{breaks, retries}:          "the attempts of a call would count as one, and an open circuit would not stop them",
	{breaks, endsAttempts}:     "an attempt that takes too long would look like a caller who left",
	{authorizes, retries}:      "a token that expires during a wait would be sent all the same",
	{authorizes, endsAttempts}: "the wait for a token would not count",
	{authorizes, breaks}:       "a token would be minted for a host that is not asked",
	{logsAttempts, retries}:    "the attempts would not be seen: that is Log",
	{logsAttempts, breaks}:     "a call that an open circuit refused would be logged as sent",
	{logsAttempts, authorizes}: "a request and its replay would be logged as one",
}

func checkOrder(outermostFirst []Middleware) error {
	for i, outer := range outermostFirst {
		for _, inner := range outermostFirst[i+1:] {
			if reason, bad := reasons[[2]place{placeOf(outer), placeOf(inner)}]; bad {
				return &OrderError{nameOf(outer), nameOf(inner), reason}
			}
		}
	}
	return nil
}

func placeOf(m Middleware) place {
	if p, ok := m.(placed); ok {
		return p.place()
	}
	return 0
}

func nameOf(m Middleware) string {
	if c, ok := m.(conditional); ok {
		return nameOf(c.then)
	}
	return reflect.TypeOf(m).Name()
}

// If has requests pass through then where cond says so, and past it elsewhere. cond must not change the request.
func If(cond func(*http.Request) bool, then Middleware) Middleware { return conditional{cond, then} }

type conditional struct {
	cond func(*http.Request) bool
	then Middleware
}

func (c conditional) place() place { return placeOf(c.then) }

func (c conditional) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	then, err := c.then.Wrap(next)
	return &fork{c.cond, then, next}, err
}

type fork struct {
	cond       func(*http.Request) bool
	then, next http.RoundTripper
}

func (f *fork) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.cond(req) {
		return f.then.RoundTrip(req)
	}
	return f.next.RoundTrip(req)
}

func (f *fork) CloseIdleConnections() { closeIdle(f.next) }
