package middleware

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// closeBody keeps the contract where a request goes no further: its body is closed on every path.
func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// rewind returns a body that sends req's again from the start, and whether that can be done.
func rewind(req *http.Request) (io.ReadCloser, bool) {
	switch {
	case !rewindable(req):
		return nil, false
	case bodiless(req):
		return req.Body, true
	}
	body, err := req.GetBody()
	return body, err == nil
}

// rewindable reports whether rewind may succeed.
func rewindable(req *http.Request) bool { return bodiless(req) || req.GetBody != nil }

func bodiless(req *http.Request) bool { return req.Body == nil || req.Body == http.NoBody }

// withBody is a copy of req with that body, or req itself for a nil one. The rest is shared, and never written to.
func withBody(req *http.Request, body *watchedBody) *http.Request {
	if body == nil {
		return req
	}
	out := req.WithContext(req.Context())
	out.Body = body
	return out
}

// watchedBody is a request's body that knows whether reading it failed: then the request did, and not who was asked.
type watchedBody struct {
	io.ReadCloser
	bad atomic.Bool
}

// watched is req's body, watched; nil where there is nothing to watch. A body that can be had again lies in memory as a rule, and net/http
// sends it in one packet with the head only if it comes as it is.
func watched(req *http.Request) *watchedBody {
	if rewindable(req) {
		return nil
	}
	return &watchedBody{ReadCloser: req.Body}
}

func (w *watchedBody) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		w.bad.Store(true)
	}
	return n, err
}

// or is w, or own if there is no w.
func (w *watchedBody) or(own io.ReadCloser) io.ReadCloser {
	if w == nil {
		return own
	}
	return w
}

func (w *watchedBody) failed() bool { return w != nil && w.bad.Load() }

// endingBody is a response's body that calls end, with nil, once it has been closed, or read to its end or to an error.
type endingBody struct {
	io.ReadCloser
	once sync.Once
	end  context.CancelCauseFunc
}

// over makes b the body of resp, over its own. That of a 101 stays an io.Writer.
func (b *endingBody) over(resp *http.Response, end context.CancelCauseFunc) {
	b.ReadCloser, b.end = resp.Body, end
	if w, ok := resp.Body.(io.Writer); ok {
		resp.Body = struct {
			*endingBody
			io.Writer
		}{b, w}
		return
	}
	resp.Body = b
}

func (b *endingBody) finish() { b.once.Do(func() { b.end(nil) }) }

func (b *endingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.finish()
	}
	return n, err
}

func (b *endingBody) Close() error {
	err := b.ReadCloser.Close()
	b.finish()
	return err
}
