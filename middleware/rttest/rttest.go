// Package rttest checks any http.RoundTripper that wraps another against the contract of net/http: what the documentation of
// http.RoundTripper says, and what http.Client and net/http's own Transport make their callers rely on.
//
//	func TestRoundTripper(t *testing.T) {
//		rttest.Run(t, func(base http.RoundTripper) http.RoundTripper { return &myTransport{base: base} })
//	}
//
// Each subtest is one promise, and its failure says what happened and which rule it breaks. The suite assumes nothing of what
// the RoundTripper is for: it may add headers, ask for credentials, wait, and send a request several times; or do none of it.
//
// No request leaves the process. Bases are stubs in memory, and for what shows only on a wire, net/http's Transport and Server
// over pipes, by HTTP/1.1 and by HTTP/2, with TLS. All requests go to Origin, and redirects lead from there to others: a
// RoundTripper that acts on certain hosts only must be told that one.
//
// Each check runs in a bubble of testing/synctest, so that waits cost nothing and what hangs is found at once. wrap is called
// anew for each and must make in it what has goroutines, channels or timers of its own; a source of credentials must answer
// from memory. Run it under -race too: some rules are broken where only the race detector sees it.
package rttest

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"testing"
	"testing/synctest"
)

// Origin is where the requests of the suite go.
const Origin = "https://api.example.com"

// Run checks the RoundTripper that wrap makes over base, one subtest a promise.
func Run(t *testing.T, wrap func(base http.RoundTripper) http.RoundTripper) {
	run(t, rules(), wrap)
}

// RunRefusing checks a RoundTripper that sends no request but answers each with an error of its own, as an open circuit breaker
// does, or one that has no token.
func RunRefusing(t *testing.T, wrap func(base http.RoundTripper) http.RoundTripper) {
	run(t, refusals(), wrap)
}

func run(t *testing.T, rules []rule, wrap wrapper) {
	for _, r := range rules {
		t.Run(r.promise, func(t *testing.T) {
			if err := r.broken(t, wrap); err != nil {
				t.Error(err)
			}
		})
	}
}

// Result is one promise, and how it was broken; Err is nil if it was kept.
type Result struct {
	Promise string
	Err     error
}

// Report checks what Run does and returns the results, in the same order, instead of failing t: for a table of several
// RoundTrippers.
func Report(t *testing.T, wrap func(base http.RoundTripper) http.RoundTripper) []Result {
	return report(t, rules(), wrap)
}

func report(t *testing.T, rules []rule, wrap wrapper) []Result {
	results := make([]Result, len(rules))
	for i, r := range rules {
		results[i] = Result{r.promise, r.broken(t, wrap)}
	}
	return results
}

type wrapper = func(base http.RoundTripper) http.RoundTripper

// rule is a promise and the check of it, which says how it was broken.
type rule struct {
	promise string
	check   func(wrap wrapper) error
}

func rules() []rule {
	return append([]rule{
		{"the caller's request is left as it was", requestLeftAlone},
		{"requests that share a URL and a header do not meet", requestsApart},
		{"the request's body is closed once", bodyClosedOnce},
		{"the request's body is not read before it is sent", bodyNotReadEarly},
		{"a body of unknown length stays one, and none stays none", bodyKeepsItsLength},
		{"an answer or an error, never both and never neither", answerOrError},
		{"a status is never an error", statusIsNoError},
		{"an error keeps its cause", errorKeepsItsCause},
		{"a redirect is handed back unfollowed", redirectUnfollowed},
		{"credentials stay with their origin", credentialsStay},
		{"the answer names the caller's request", answerNamesRequest},
		{"the answer's body outlives RoundTrip", bodyOutlivesRoundTrip},
		{"a closed answer ends the context of its attempt", closedAnswerEndsContext},
		{"each attempt carries the whole body", attemptsCarryTheBody},
		{"a body that cannot be had again is not sent again", bodySentOnce},
		{"a request that may not be repeated is sent once", requestSentOnce},
		{"a discarded answer is closed", discardedIsClosed},
		{"a discarded answer is not read for ever", discardedIsBounded},
		{"a request whose context is done fails with its error", doneBefore},
		{"cancelling ends a request under way", cancelUnderWay},
		{"cancelling ends a wait between attempts", cancelWait},
		{"a deadline holds", deadlineHolds},
		{"the context's values reach the base", valuesReachTheBase},
		{"CloseIdleConnections reaches the base", closeIdleReachesTheBase},
	}, wireRules()...)
}

func refusals() []rule {
	return []rule{
		{"the caller's request is left as it was", requestLeftAlone},
		{"a refusal is an error without an answer, and sends nothing", refusalIsAnError},
		{"the body of a refused request is closed once, unread", refusedBodyClosed},
		{"CloseIdleConnections reaches the base", closeIdleReachesTheBase},
	}
}

// broken runs the check in a bubble of its own and says how the promise was broken.
func (r rule) broken(t *testing.T, wrap wrapper) (err error) {
	t.Helper()
	returned := false
	defer func() {
		// synctest panics if all goroutines of the bubble wait for each other. After the check has returned, that is a goroutine
		// left behind, for which there is a rule of its own.
		if p := recover(); p != nil && !returned {
			err = fmt.Errorf("it hangs: nothing is left that could wake it (%v)", p)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		defer func() { returned = true }()
		err = guarded(r.check, wrap)
	})
	return err
}

func guarded(check func(wrapper) error, wrap wrapper) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panics: %v\n%s", p, debug.Stack())
		}
	}()
	return check(wrap)
}

// each joins what check says of several cases, each told by its name.
func each[C fmt.Stringer](cases []C, check func(C) error) error {
	var all []error
	for _, c := range cases {
		if err := check(c); err != nil {
			all = append(all, fmt.Errorf("%s: %w", c, err))
		}
	}
	return errors.Join(all...)
}
