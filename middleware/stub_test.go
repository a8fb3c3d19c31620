package middleware_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fobkit/fob/middleware"
)

// stub is a server without a wire: it answers with one step after another, and with the last for ever.
type stub struct {
	steps []step

	mu     sync.Mutex
	seen   []time.Time
	bodies []string
	open   int // bodies given out and not closed
}

type step struct {
	status int
	header http.Header
	err    error
	hang   bool // until the request's ctx ends
	took   time.Duration
	body   string
}

func answering(statuses ...int) *stub {
	s := new(stub)
	for _, n := range statuses {
		s.steps = append(s.steps, step{status: n})
	}
	return s
}

func (s *stub) next(req *http.Request) step {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.seen), len(s.steps)-1)
	s.seen, s.bodies = append(s.seen, time.Now()), append(s.bodies, string(body))
	return s.steps[n]
}

func (s *stub) RoundTrip(req *http.Request) (*http.Response, error) {
	is := s.next(req)
	if is.hang {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	if is.took > 0 {
		time.Sleep(is.took) // fake clock
	}
	if is.err != nil {
		return nil, is.err
	}
	s.mu.Lock()
	s.open++
	s.mu.Unlock()
	h := is.header
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: is.status, Header: h, Body: &stubBody{strings.NewReader(is.body), s}, Request: req}, nil
}

type stubBody struct {
	io.Reader
	stub *stub
}

func (b *stubBody) Close() error {
	b.stub.mu.Lock()
	defer b.stub.mu.Unlock()
	b.stub.open--
	return nil
}

func (s *stub) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func (s *stub) wantCalls(t *testing.T, want int) {
	t.Helper()
	if got := s.calls(); got != want {
		t.Errorf("the server saw %d requests, want %d", got, want)
	}
}

// chain is mw over s.
func chain(t *testing.T, s http.RoundTripper, mw ...middleware.Middleware) http.RoundTripper {
	t.Helper()
	rt, err := middleware.Chain(s, mw...)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func newRequest(t *testing.T, method, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "https://api.example/x", r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

var errReset = &resetError{}

// resetError is a connection that was lost after the request had been written.
type resetError struct{}

func (*resetError) Error() string   { return "connection reset" }
func (*resetError) Unwrap() error   { return syscall.ECONNRESET }
func (*resetError) Timeout() bool   { return false }
func (*resetError) Temporary() bool { return true }

var errStub = errors.New("no network's error")
