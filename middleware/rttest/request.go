package rttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing/synctest"
)

// What is done to the caller's request: nothing, but that its body is read and closed.

// outcome is a way that a base may answer.
type outcome struct {
	name string
	base func() *stub
}

func (o outcome) String() string { return o.name }

// refused is an error that provably precedes the request's first byte: who ever sends again does so after this.
var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

var outcomes = []outcome{
	{"the base answers 200", func() *stub { return new(stub) }},
	{"the base answers 404", func() *stub { return new(stub).script(404) }},
	{"the base answers 401, then 200", func() *stub { return new(stub).script(401, 200) }},
	{"the base answers 401 each time", func() *stub { return new(stub).script(401) }},
	{"the base answers 503, then 200", func() *stub { return new(stub).script(503, 200) }},
	{"the base answers 503 each time", func() *stub { return new(stub).script(503) }},
	{"the base fails each time", func() *stub { return new(stub).fails(refused) }},
	{"the base fails, then answers 200", failsThenAnswers},
}

func failsThenAnswers() *stub {
	s := new(stub)
	s.answer = func(n int, req *http.Request) (*http.Response, error) {
		if n == 0 {
			return nil, refused
		}
		return s.reply(req, http.StatusOK), nil
	}
	return s
}

type ctxKey struct{}

func requestLeftAlone(wrap wrapper) error {
	return each(outcomes, func(o outcome) error {
		s := o.base()
		ctx := context.WithValue(context.Background(), ctxKey{}, "caller")
		req := newUpload(64, s.asked).put(ctx)
		req.URL.User = url.UserPassword("user", "password")
		req.URL.Fragment = "fragment"
		req.Trailer, req.Form = http.Header{"X-Trailer": nil}, url.Values{"a": {"1"}}
		spare := append(make([]string, 0, 4), "1")
		req.Header["X-Spare"] = spare
		changed := snapshot(req)
		exchange(wrap(s), req)
		if slices.ContainsFunc(spare[1:4], func(v string) bool { return v != "" }) {
			return fmt.Errorf("a value was appended in place, behind those of a header of the caller's: %s", leaveAlone)
		}
		return changed()
	})
}

// requestsApart sends requests that share what http.Request.WithContext makes them share. Under -race it is also the check that the
// RoundTripper may be used by many goroutines.
func requestsApart(wrap wrapper) error {
	s := new(stub)
	rt, shared := wrap(s), get()
	changed := snapshot(shared)
	exchange(rt, shared.WithContext(context.Background()))
	if err := changed(); err != nil {
		return err // and many at once would race
	}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() { exchangeUnsettled(rt, shared.WithContext(context.Background())) })
	}
	wg.Wait()
	synctest.Wait()
	seen := s.sights()
	if len(seen) < 33 {
		return fmt.Errorf("of 33 requests the base saw %d", len(seen))
	}
	for _, one := range seen[1:] {
		if len(one.url) != len(seen[0].url) || shape(one.header) != shape(seen[0].header) {
			return fmt.Errorf("two requests that share a URL and a header reached the base with different ones: what was added to one was seen by the next (%s)", leaveAlone)
		}
	}
	return nil
}

// shape is a header without its values, which may differ from request to request.
func shape(h http.Header) string {
	var names []string
	for name, values := range h {
		names = append(names, fmt.Sprintf("%s×%d", name, len(values)))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// exchangeUnsettled is exchange for many at once: only one may wait for all to be still.
func exchangeUnsettled(rt http.RoundTripper, req *http.Request) {
	if resp, _ := rt.RoundTrip(req); resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
}

func bodyClosedOnce(wrap wrapper) error {
	return errors.Join(
		each(outcomes, func(o outcome) error { return closedAfter(wrap, o.base(), context.Background(), (*upload).put) }),
		each(outcomes, func(o outcome) error { return closedAfter(wrap, o.base(), context.Background(), (*upload).once) }),
		each([]outcome{{"the context is done before", func() *stub { return new(stub) }}}, func(o outcome) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return closedAfter(wrap, o.base(), ctx, (*upload).put)
		}))
}

// makers make the two kinds of upload: one that can be had again, and one that cannot.
var makers = []func(*upload, context.Context) *http.Request{(*upload).put, (*upload).once}

func closedAfter(wrap wrapper, s *stub, ctx context.Context, make func(*upload, context.Context) *http.Request) error {
	u := newUpload(64, s.asked)
	exchange(wrap(s), make(u, ctx))
	return u.closedOnce()
}

func bodyNotReadEarly(wrap wrapper) error {
	s := new(stub)
	for _, make := range makers {
		s.seen = nil
		u := newUpload(64, s.asked)
		exchange(wrap(s), make(u, context.Background()))
		if u.early {
			return errors.New("the body was read before the base was asked: an upload of any size would lie in memory, and a slow one would be late")
		}
	}
	return nil
}

func bodyKeepsItsLength(wrap wrapper) error {
	return errors.Join(
		lengthKept(wrap, "a body of unknown length (ContentLength -1)", func(u *upload) *http.Request { return u.once(context.Background()) }),
		lengthKept(wrap, "a body of unknown length (ContentLength 0)", func(u *upload) *http.Request {
			req := u.once(context.Background())
			req.ContentLength = 0
			return req
		}),
		lengthKept(wrap, "a body of known length", func(u *upload) *http.Request { return u.put(context.Background()) }),
		lengthKept(wrap, "no body", func(*upload) *http.Request { return get() }),
		lengthKept(wrap, "http.NoBody", func(*upload) *http.Request {
			return request(context.Background(), http.MethodPut, http.NoBody)
		}))
}

func lengthKept(wrap wrapper, name string, make func(*upload) *http.Request) error {
	s := new(stub)
	req := make(newUpload(64, s.asked))
	length, none := req.ContentLength, req.Body == nil || req.Body == http.NoBody
	exchange(wrap(s), req)
	for _, one := range s.sights() {
		if one.length != length || one.none != none {
			return fmt.Errorf("%s: the base saw ContentLength %d, want %d, and %s, want %s: net/http tells the three kinds by these two fields", name, one.length, length, has(one.none), has(none))
		}
	}
	return nil
}

func has(none bool) string {
	if none {
		return "no body"
	}
	return "a body"
}
