package peer

import (
	"bytes"
	"io"
	"net/http"
)

// Stub answers 200 at once and costs one allocation, the Response.
var Stub http.RoundTripper = roundTrip(func(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: noHeader, Body: http.NoBody, Request: req}, nil
})

var noHeader = make(http.Header) // shared: none of the peers writes to a response's

// Work is what a program does with a RoundTripper again and again.
type Work struct {
	Name string
	Do   func(http.RoundTripper) error
}

// Works are a request that is made once and sent often, and uploads that are made anew each time, as net/http makes them: with a
// GetBody. Each carries authorization, if that is not empty.
func Works(authorization string) []Work {
	return []Work{
		{"GET", sender(Request(http.MethodGet, nil, authorization))},
		{"POST 1 KiB", upload(1<<10, authorization)},
		{"POST 1 MiB", upload(1<<20, authorization)},
	}
}

// Request is one to Origin with the three headers that most have.
func Request(method string, body []byte, authorization string) *http.Request {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req := must(http.NewRequest(method, Origin+"/v1/things", r))
	req.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"bench/1"}, "X-Request-Id": {"0123456789abcdef"}}
	if authorization != "" {
		req.Header["Authorization"] = []string{authorization}
	}
	return req
}

func sender(req *http.Request) func(http.RoundTripper) error {
	return func(rt http.RoundTripper) error { return send(rt, req) }
}

func upload(size int, authorization string) func(http.RoundTripper) error {
	body := make([]byte, size)
	return func(rt http.RoundTripper) error { return send(rt, Request(http.MethodPost, body, authorization)) }
}

func send(rt http.RoundTripper, req *http.Request) error {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	return resp.Body.Close()
}
