package rttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing/synctest"
)

// stub is a base in memory. It keeps the contract, answers as it is told and notes what it was sent.
type stub struct {
	answer func(n int, req *http.Request) (*http.Response, error) // to the nth attempt, from 0; nil: 200

	mu     sync.Mutex
	seen   []sight
	bodies []*answerBody
	idle   int
}

// sight is a request as the base saw it.
type sight struct {
	ctx    context.Context
	url    string
	header http.Header
	length int64
	none   bool // no body, or http.NoBody
	body   string
	err    error // of reading it
}

func (s *stub) RoundTrip(req *http.Request) (*http.Response, error) {
	n := s.note(sight{ctx: req.Context(), url: req.URL.String(), header: req.Header.Clone(), length: req.ContentLength,
		none: req.Body == nil || req.Body == http.NoBody})
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, context.Cause(req.Context())
	}
	s.receive(n, req.Body)
	if s.answer == nil {
		return s.reply(req, http.StatusOK), nil
	}
	return s.answer(n, req)
}

func (s *stub) CloseIdleConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle++
}

func (s *stub) note(one sight) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, one)
	return len(s.seen) - 1
}

func (s *stub) receive(n int, body io.Reader) {
	if body == nil {
		return
	}
	data, err := io.ReadAll(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[n].body, s.seen[n].err = string(data), err
}

func (s *stub) sights() []sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[:len(s.seen):len(s.seen)]
}

func (s *stub) asked() bool { return len(s.sights()) > 0 }

// text is the body of the answer with status.
func text(status int) string { return fmt.Sprintf("the body of a %d", status) }

// reply is the stub's answer with status, to req.
func (s *stub) reply(req *http.Request, status int) *http.Response {
	body := newAnswerBody(req.Context(), strings.NewReader(text(status)).Read)
	s.mu.Lock()
	s.bodies = append(s.bodies, body)
	s.mu.Unlock()
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), ContentLength: -1, Body: body, Request: req,
	}
}

// script answers with the statuses in turn; the last one stays.
func (s *stub) script(statuses ...int) *stub {
	s.answer = func(n int, req *http.Request) (*http.Response, error) {
		return s.reply(req, statuses[min(n, len(statuses)-1)]), nil
	}
	return s
}

// unclosed is how many answers were not closed.
func (s *stub) unclosed() (open, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.bodies {
		if !b.isClosed() {
			open++
		}
	}
	return open, len(s.bodies)
}

// fails makes the stub answer with err.
func (s *stub) fails(err error) *stub {
	s.answer = func(int, *http.Request) (*http.Response, error) { return nil, err }
	return s
}

// blocks makes the stub wait for the end of the request's context.
func (s *stub) blocks() *stub {
	s.answer = func(_ int, req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, context.Cause(req.Context())
	}
	return s
}

// request is one to Origin that may be repeated.
func request(ctx context.Context, method string, body io.Reader) *http.Request {
	req, err := http.NewRequestWithContext(ctx, method, Origin+"/a%2Fb?q=1", body)
	if err != nil {
		panic(err) // the suite's own fault
	}
	req.Header.Set("X-Rttest", "1")
	return req
}

func get() *http.Request { return request(context.Background(), http.MethodGet, nil) }

var (
	errBoth    = errors.New("RoundTrip returned an answer and an error: http.Client drops such an answer, and its body is never closed (golang/go#10918)")
	errNeither = errors.New("RoundTrip returned neither an answer nor an error")
	errNoBody  = errors.New("RoundTrip returned an answer whose Body is nil (http.Response: the Body is always non-nil)")
)

// send sends req and holds the result to what is true of every result.
func send(rt http.RoundTripper, req *http.Request) (*http.Response, error, error) {
	resp, err := rt.RoundTrip(req)
	switch {
	case resp != nil && err != nil:
		return resp, err, errBoth
	case resp == nil && err == nil:
		return resp, err, errNeither
	case resp != nil && resp.Body == nil:
		return resp, err, errNoBody
	}
	return resp, err, nil
}

// finish reads an answer to its end and closes it, if there is one, and waits until all is still.
func finish(resp *http.Response) (body string, err error) {
	if resp != nil && resp.Body != nil {
		var data []byte
		data, err = io.ReadAll(resp.Body)
		body = string(data)
		resp.Body.Close()
	}
	synctest.Wait()
	return body, err
}

// exchange sends req and finishes the answer, whatever it is.
func exchange(rt http.RoundTripper, req *http.Request) {
	resp, _ := rt.RoundTrip(req)
	finish(resp)
}
