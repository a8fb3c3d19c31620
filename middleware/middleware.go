// Package middleware is a kit of http.RoundTrippers. Each does one thing and keeps net/http's contract: the caller's request is
// never changed, its body is closed on every path, a status never becomes an error. All of them, in their order:
//
//	rt, err := middleware.Chain(nil, // outermost first; nil is http.DefaultTransport
//		middleware.Log{Logger: logger},                                // a call is one event,
//		middleware.Deadline(time.Minute),                              // has one deadline,
//		middleware.UserAgent("report/1"),                              // and names its sender.
//		middleware.Retry{},                                            // It has several attempts:
//		middleware.Timeout{Headers: 10 * time.Second},                 // each has a time of its own,
//		middleware.Breaker{},                                          // costs no token where the host fails,
//		middleware.Auth{Source: source, Hosts: []string{api}},         // has a token that is valid by then,
//		middleware.AttemptLog{Logger: logger, Level: slog.LevelDebug}, // and is an event as it was sent.
//	)
//
// None of them needs another. Of those that are there, Chain refuses an order in which one would undo another's work. Auth stands
// inside Retry, since a token may expire during a wait; inside Breaker, so that none is minted for a host that is not asked; and what
// goes wrong with a token is not held against the host. Timeout stands inside Retry and outside Breaker: what takes too long is a failed attempt.
//
// What is to be otherwise for one call travels in its ctx: NoRetry, Idempotent, NoReplay, WithScopes.
//
// Package transport assembles the chain that most programs want, and package rttest holds any RoundTripper to the contract.
package middleware

import "net/http"

// closeIdle forwards CloseIdleConnections, which http.Client looks for on the outermost RoundTripper.
func closeIdle(next http.RoundTripper) {
	if c, ok := next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
