package peer

import (
	"bytes"
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

// Works are a request that is made once and sent often, and uploads that are made anew each time, as net/http makes
// them: with a GetBody.
var (
	Get     = Work{"GET", Request(http.MethodGet, Origin+"/v1/things", nil).send}
	Post1K  = Work{"POST 1 KiB", upload(1 << 10)}
	Post1M  = Work{"POST 1 MiB", upload(1 << 20)}
	AllWork = []Work{Get, Post1K, Post1M}
)

type request struct{ *http.Request }

// Request is one with the three headers that most have.
func Request(method, url string, body []byte) request {
	var req *http.Request
	if body == nil {
		req = must(http.NewRequest(method, url, nil))
	} else {
		req = must(http.NewRequest(method, url, bytes.NewReader(body)))
	}
	req.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"bench/1"}, "X-Request-Id": {"0123456789abcdef"}}
	return request{req}
}

func (r request) send(rt http.RoundTripper) error {
	resp, err := rt.RoundTrip(r.Request)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func upload(size int) func(http.RoundTripper) error {
	body := make([]byte, size)
	return func(rt http.RoundTripper) error { return Request(http.MethodPost, Origin+"/v1/things", body).send(rt) }
}
