package defect

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// handler answers the nth request, from 1.
type handler func(n int, req *http.Request) (*http.Response, error)

// api is the network's other end, in memory.
type api struct {
	handler
	mu     sync.Mutex
	n      int
	times  []time.Time
	opened atomic.Int64 // bodies of answers
	closed atomic.Int64
}

func (a *api) RoundTrip(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.n++
	n := a.n
	a.times = append(a.times, time.Now())
	a.mu.Unlock()
	resp, err := a.handler(n, req)
	if resp != nil {
		a.opened.Add(1)
		resp.Body = &counted{ReadCloser: resp.Body, n: &a.closed}
	}
	return resp, err
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.n
}

// took is the time between the first request and the last.
func (a *api) took() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.times[len(a.times)-1].Sub(a.times[0])
}

// counted is a body that notes that it was closed, once.
type counted struct {
	io.ReadCloser
	n    *atomic.Int64
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.n.Add(1) })
	return c.ReadCloser.Close()
}

// answers are statuses in turn; the last one stays.
func answers(statuses ...int) *api {
	return &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		swallow(req)
		return answer(req, statuses[min(n, len(statuses))-1]), nil
	}}
}

// answer is one as a registry gives it: a 401 says where tokens are.
func answer(req *http.Request, status int) *http.Response {
	resp := peer.Answer(req, status, "down")
	if status == http.StatusUnauthorized {
		resp.Header.Set("WWW-Authenticate", peer.Challenge)
	}
	return resp
}

// swallow is what a transport does with a request's body.
func swallow(req *http.Request) string {
	if req.Body == nil {
		return ""
	}
	defer req.Body.Close()
	data, _ := io.ReadAll(req.Body)
	return string(data)
}

// over is p over a and the token endpoint that always has one, and waits little between attempts.
func over(p peer.Peer, a *api) http.RoundTripper {
	return p.Wrap(peer.Net{API: a, Tokens: peer.Always, Wait: time.Millisecond})
}

func get() *http.Request { return peer.Request(http.MethodGet, nil, "") }

func put() *http.Request { return peer.Request(http.MethodPut, []byte("0123456789"), "") }

// streamed is an upload that cannot be had again.
func streamed(method string) *http.Request {
	req, err := http.NewRequest(method, peer.Origin+"/v1/things", io.MultiReader(strings.NewReader("0123456789")))
	if err != nil {
		panic(err)
	}
	return req
}

func finish(resp *http.Response) {
	if resp != nil && resp.Body != nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
