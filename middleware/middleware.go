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

import (
	"io"
	"net/http"
)

// Middleware wraps a RoundTripper. What it lacks, or has too much of, is an error when it is built, not at the first request.
type Middleware interface {
	Wrap(next http.RoundTripper) (http.RoundTripper, error)
}

// Chain wraps base in the given order, outermost first: the first one sees a request first and a response last. A nil base is
// http.DefaultTransport.
func Chain(base http.RoundTripper, outermostFirst ...Middleware) (http.RoundTripper, error) {
	if base == nil {
		base = http.DefaultTransport
	}
	rt := base
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		var err error
		if rt, err = outermostFirst[i].Wrap(rt); err != nil {
			return nil, err
		}
	}
	return rt, nil
}

// closeBody keeps the contract where a request goes no further: its body is closed on every path.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// closeIdle forwards CloseIdleConnections, which http.Client looks for on the outermost RoundTripper.
func closeIdle(next http.RoundTripper) {
	if c, ok := next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// rewind returns a body that sends req's again from the start, and whether that can be done.
func rewind(req *http.Request) (io.ReadCloser, bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return req.Body, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	return body, err == nil
}
