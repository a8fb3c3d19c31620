// Package middleware is a kit of http.RoundTrippers. Each does one thing and keeps net/http's contract: the caller's request is
// never changed, its body is closed on every path, a status never becomes an error.
//
//	rt, err := middleware.Chain(nil, // outermost first; nil is http.DefaultTransport
//		middleware.Auth{Source: src, Hosts: []string{"api.example.com"}},
//	)
//	client := &http.Client{Transport: rt}
//
// Package transport assembles the chain that most programs want.
package middleware

import "net/http"

// closeIdle forwards CloseIdleConnections, which http.Client looks for on the outermost RoundTripper.
func closeIdle(next http.RoundTripper) {
	if c, ok := next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
