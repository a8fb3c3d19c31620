package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
)

// trip opens a circuit by ten failures.
func trip(t *testing.T, rt http.RoundTripper) {
	t.Helper()
	for range 10 {
		trip1(t, rt)
	}
}

func trip1(t *testing.T, rt http.RoundTripper) {
	t.Helper()
	if resp, err := rt.RoundTrip(newRequest(t, "GET", "")); err == nil {
		resp.Body.Close()
	}
}

// wantOpen sends one request and reports, as an error of the test, a circuit that lets it through.
func wantOpen(t *testing.T, rt http.RoundTripper, want bool) *middleware.OpenError {
	t.Helper()
	resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
	if err == nil {
		resp.Body.Close()
	}
	var open *middleware.OpenError
	if errors.As(err, &open) != want {
		t.Errorf("got %v, want the circuit open: %v", err, want)
	}
	return open
}

func TestACircuitOpensIsTriedAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503)
		var changes []middleware.Change
		rt := chain(t, s, middleware.Breaker{Changed: func(c middleware.Change) { changes = append(changes, c) }})
		trip(t, rt)
		open := wantOpen(t, rt, true)
		if open == nil || open.Origin != "https://api.example" || !open.RetryAt.Equal(time.Now().Add(10*time.Second)) {
			t.Errorf("got %+v, want the origin and the end of ten seconds", open)
		}
		s.wantCalls(t, 10)

		time.Sleep(11 * time.Second)
		wantOpen(t, rt, false) // the request that is let through fails,
		wantOpen(t, rt, true)  // and the circuit is open again
		time.Sleep(11 * time.Second)
		s.steps = []step{{status: 200}}
		wantOpen(t, rt, false)
		wantOpen(t, rt, false)
		s.wantCalls(t, 13)

		states := []middleware.State{middleware.Closed, middleware.Open, middleware.HalfOpen, middleware.Open, middleware.HalfOpen, middleware.Closed}
		for i, c := range changes {
			if c.Origin != "https://api.example" || c.From != states[i] || c.To != states[i+1] {
				t.Errorf("change %d is %v", i, c)
			}
		}
		if len(changes) != len(states)-1 {
			t.Errorf("%d changes were told, want %d", len(changes), len(states)-1)
		}
	})
}

func TestOneOriginsCircuitIsNoOthers(t *testing.T) {
	rt := chain(t, answering(503), middleware.Breaker{})
	trip(t, rt)
	wantOpen(t, rt, true)
	for url, open := range map[string]bool{
		"https://API.example:443/y": true, "https://api.example:444/": false, "http://api.example/": false, "https://b.example/": false,
	} {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		_, err := rt.RoundTrip(req)
		if got := new(middleware.OpenError); errors.As(err, &got) != open {
			t.Errorf("%s: got %v, want its circuit open: %v", url, err, open)
		}
	}
}

// D19
func TestWhatSaysNothingAboutAnOriginLeavesItsCircuitClosed(t *testing.T) {
	gone := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}
	soon := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Second)
	}
	late := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Minute)
	}
	for _, tt := range []struct {
		name string
		step step
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		open bool
	}{
		{"an error", step{err: errReset}, nil, true},
		{"500", step{status: 500}, nil, true},
		{"504", step{status: 504}, nil, true},
		{"501", step{status: 501}, nil, false},
		{"401", step{status: 401}, nil, false},
		{"404", step{status: 404}, nil, false},
		{"429", step{status: 429}, nil, false},
		{"a caller who leaves", step{hang: true}, gone, false},
		{"a caller's short deadline", step{hang: true}, soon, false},
		{"a caller's long deadline", step{hang: true}, late, true},
		{"a token that cannot be had", step{err: &middleware.TokenError{Err: fob.ErrLoginRequired}}, nil, false},
		{"another's open circuit", step{err: &middleware.OpenError{}}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stub{steps: []step{tt.step}}
				rt := chain(t, s, middleware.Breaker{})
				for range 20 {
					ctx, cancel := t.Context(), func() {}
					if tt.ctx != nil {
						ctx, cancel = tt.ctx(ctx)
					}
					if resp, err := rt.RoundTrip(newRequest(t, "GET", "").WithContext(ctx)); err == nil {
						resp.Body.Close()
					}
					cancel()
				}
				before := s.calls()
				s.steps = []step{{status: 200}}
				if wantOpen(t, rt, tt.open); tt.open == (s.calls() > before) {
					t.Errorf("%d more requests reached the server", s.calls()-before)
				}
			})
		})
	}
}

func TestABodyThatCannotBeReadIsNotTheOriginsFault(t *testing.T) {
	rt := chain(t, readsBody{}, middleware.Breaker{})
	for range 20 {
		req := newRequest(t, "POST", "x")
		req.Body, req.GetBody = io.NopCloser(io.MultiReader(strings.NewReader("x"), badReader{})), nil
		rt.RoundTrip(req)
	}
	wantOpen(t, rt, false)
}

// A caller who makes requests of what strangers type must not be able to take an origin from all others.
func TestARequestThatCannotBeSentIsNotTheOriginsFault(t *testing.T) {
	base := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errReset }}
	for name, spoil := range map[string]func(*http.Request){
		"a line end in a header": func(req *http.Request) { req.Header.Set("X-Name", "a\r\nb") },
		"a header's name":        func(req *http.Request) { req.Header["X Name"] = []string{"a"} },
		"a method":               func(req *http.Request) { req.Method = "GE T" },
		"a scheme":               func(req *http.Request) { req.URL.Scheme = "ftp" },
		"no host":                func(req *http.Request) { req.URL.Host = "" },
	} {
		rt := chain(t, base, middleware.Breaker{})
		for i := range 21 {
			req := newRequest(t, "GET", "")
			if i < 20 {
				spoil(req)
			}
			if _, err := rt.RoundTrip(req); errors.As(err, new(*middleware.OpenError)) {
				t.Errorf("%s: %d requests that could not be sent opened the circuit", name, i)
				break
			}
		}
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errReset }

// readsBody fails as net/http does: with the error of the body.
type readsBody struct{}

func (readsBody) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
}

// D20, D24
func TestARequestThatHangsDoesNotKeepTheCircuitHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503)
		rt := chain(t, s, middleware.Breaker{Open: time.Second, Lease: 5 * time.Second})
		trip(t, rt)
		time.Sleep(2 * time.Second)
		s.steps = []step{{hang: true}}
		ctx, cancel := context.WithCancel(t.Context())
		req := newRequest(t, "GET", "").WithContext(ctx)
		var probe sync.WaitGroup
		probe.Go(func() { rt.RoundTrip(req) })
		synctest.Wait()
		wantOpen(t, rt, true) // one at a time
		time.Sleep(7 * time.Second)
		s.steps = []step{{status: 200}}
		wantOpen(t, rt, false)
		cancel() // what comes of it now counts for nothing
		probe.Wait()
		wantOpen(t, rt, false)
	})
}

// D20
func TestAGoroutineThatEndsInARequestKeepsNoSlot(t *testing.T) {
	for name, end := range map[string]func(){"Goexit": runtime.Goexit, "panic": func() { panic("stub") }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := answering(503)
				ends := &ending{next: s}
				rt := chain(t, ends, middleware.Breaker{Open: time.Second})
				trip(t, rt)
				time.Sleep(2 * time.Second)
				s.steps, ends.end = []step{{status: 200}}, end
				var gone sync.WaitGroup
				gone.Add(1)
				go func() {
					defer gone.Done()
					defer func() { recover() }()
					rt.RoundTrip(newRequest(t, "GET", ""))
				}()
				gone.Wait()
				ends.end = nil
				time.Sleep(2 * time.Second)
				wantOpen(t, rt, false)
			})
		})
	}
}

type ending struct {
	next http.RoundTripper
	end  func()
}

func (e *ending) RoundTrip(req *http.Request) (*http.Response, error) {
	if e.end != nil {
		e.end()
	}
	return e.next.RoundTrip(req)
}

// D22
func TestAHalfOpenCircuitThatHears429AsksOnceAGate(t *testing.T) {
	for after, most := range map[string]int{"": 11, "20": 6} { // in 100 s, with a gate of 10 s or of what the server says
		t.Run(after, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := answering(503)
				rt := chain(t, s, middleware.Breaker{})
				trip(t, rt)
				s.steps = []step{{status: 429, header: http.Header{}}}
				if after != "" {
					s.steps[0].header.Set("Retry-After", after)
				}
				before := s.calls()
				for range 1000 {
					time.Sleep(100 * time.Millisecond)
					if resp, err := rt.RoundTrip(newRequest(t, "GET", "")); err == nil {
						resp.Body.Close()
					}
				}
				if n := s.calls() - before; n == 0 || n > most {
					t.Errorf("%d requests reached the server, want 1 to %d", n, most)
				}
			})
		})
	}
}

// D21
func TestAHookMayUseTheBreakerItIsToldAbout(t *testing.T) {
	var rt http.RoundTripper
	var told []middleware.State
	rt = chain(t, answering(503), middleware.Breaker{Changed: func(c middleware.Change) {
		told = append(told, c.To)
		wantOpen(t, rt, true)
	}})
	trip(t, rt)
	if !slices.Equal(told, []middleware.State{middleware.Open}) {
		t.Errorf("got %v, want that it opened, once", told)
	}
}

// D23: a failure counts when it ends, however long it took, and ten in a row are enough, however long they took together.
func TestSlowFailuresTripToo(t *testing.T) {
	for _, took := range []time.Duration{900 * time.Millisecond, 2 * time.Second, time.Minute} {
		t.Run(took.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stub{steps: []step{{status: 500, took: took}}}
				rt := chain(t, s, middleware.Breaker{})
				trip(t, rt)
				wantOpen(t, rt, true)
			})
		})
	}
}

func TestManySlowFailuresAtOnceTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all sync.WaitGroup
		s := &stub{steps: []step{{status: 200}, {status: 504, took: time.Minute}}}
		rt := chain(t, s, middleware.Breaker{})
		for range 21 {
			all.Go(func() { trip1(t, rt) })
		}
		all.Wait()
		wantOpen(t, rt, true)
	})
}

func TestSlowSuccessesCountToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &stub{steps: []step{{status: 200, took: 20 * time.Second}}}
		rt := chain(t, roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.Method == "HEAD" {
				return &http.Response{StatusCode: 503, Body: http.NoBody}, nil
			}
			return slow.RoundTrip(req)
		}), middleware.Breaker{})
		for second := range 120 { // in each, two slow requests that succeed and, once the first have, one that fails
			for _, method := range []string{"GET", "GET", "HEAD"} {
				if method == "GET" || second > 25 {
					req := newRequest(t, method, "")
					go rt.RoundTrip(req)
				}
			}
			time.Sleep(time.Second)
		}
		wantOpen(t, rt, false)
		time.Sleep(time.Minute)
	})
}

// What was sent before the circuit opened says nothing about an origin that has recovered since.
func TestOldFailuresOpenNoCircuitThatWasClosedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{steps: []step{{status: 503, took: time.Minute}}}
		rt := chain(t, s, middleware.Breaker{})
		var old sync.WaitGroup
		for range 50 {
			old.Go(func() { trip1(t, rt) })
		}
		synctest.Wait()
		s.steps = []step{{status: 503}}
		trip(t, rt)
		time.Sleep(11 * time.Second)
		s.steps = []step{{status: 200}}
		wantOpen(t, rt, false)
		old.Wait()
		wantOpen(t, rt, false)
	})
}

func TestManyOriginsStayWithinBounds(t *testing.T) {
	s := answering(200)
	rt := chain(t, s, middleware.Breaker{}, middleware.Headers{})
	var before, after runtime.MemStats
	ask := func(n int) {
		for i := range n {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("https://h%d.example/", i), nil)
			if resp, err := rt.RoundTrip(req); err == nil {
				resp.Body.Close()
			}
		}
		runtime.GC()
	}
	ask(2_000)
	runtime.ReadMemStats(&before)
	s.seen, s.bodies = nil, nil
	ask(10_000)
	s.seen, s.bodies = nil, nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes over 10000 origins", grown)
	}
}

func TestAnOpenCircuitIsNoReasonToRetryOrToMint(t *testing.T) {
	a := newAPI(t)
	s := answering(503)
	auth := middleware.Auth{Source: a.source(), Hosts: []string{"api.example"}}
	rt := chain(t, s, middleware.Retry{Max: 2, Wait: time.Nanosecond}, middleware.Breaker{}, auth)
	trip(t, rt)
	mints, calls := a.mints.Load(), s.calls()
	auth.Source.(*fob.CachedSource).Invalidate(t.Context(), fob.Token{Access: "a1-" + canary})
	body := &closedBody{Reader: strings.NewReader("x")}
	req := newRequest(t, "PUT", "")
	req.Body = body
	if _, err := rt.RoundTrip(req); !errors.As(err, new(*middleware.OpenError)) {
		t.Fatalf("got %v, want an open circuit", err)
	}
	if a.mints.Load() != mints || s.calls() != calls || body.closed != 1 {
		t.Errorf("%d mints, %d requests, body closed %d times, want none, none and once", a.mints.Load()-mints, s.calls()-calls, body.closed)
	}
}

type closedBody struct {
	io.Reader
	closed int
}

func (b *closedBody) Close() error { b.closed++; return nil }

func TestARetryThatFindsTheCircuitOpenIsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503)
		rt := chain(t, s, middleware.Retry{}, middleware.Breaker{Min: 2})
		_, err := rt.RoundTrip(newRequest(t, "GET", ""))
		var attempts *middleware.AttemptsError
		if !errors.As(err, &attempts) || attempts.Attempts != 2 || !errors.As(err, new(*middleware.OpenError)) {
			t.Errorf("got %v, want an open circuit after 2 attempts", err)
		}
		s.wantCalls(t, 2)
	})
}
