package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
)

// resource is a server without a wire that takes 20 ms, and refuses tokens up to a number.
type resource struct {
	revoked            atomic.Int32
	requests, refusals atomic.Int32
}

func (r *resource) RoundTrip(req *http.Request) (*http.Response, error) {
	r.requests.Add(1)
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
		req.Body.Close()
	}
	time.Sleep(20 * time.Millisecond) // fake clock
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: req}
	n, _, _ := strings.Cut(strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer a"), "-")
	if number, _ := strconv.Atoi(n); int32(number) <= r.revoked.Load() {
		r.refusals.Add(1)
		resp.StatusCode = http.StatusUnauthorized
	}
	return resp, nil
}

// callers send a request each tenth of a second, for d, and say how many came late and how many did not bring a 200.
func callers(t *testing.T, n int, rt http.RoundTripper, d time.Duration) (late, failed int32) {
	t.Helper()
	var all sync.WaitGroup
	var lates, faileds atomic.Int32
	end := time.Now().Add(d)
	for i := range n {
		req := newRequest(t, "GET", "")
		all.Go(func() {
			time.Sleep(time.Duration(i) * 100 * time.Millisecond / time.Duration(n))
			for time.Now().Before(end) {
				took, code, err := get(rt, req)
				if err != nil || code != 200 {
					faileds.Add(1)
				}
				if took > 20*time.Millisecond {
					lates.Add(1)
				}
				time.Sleep(100*time.Millisecond - took%(100*time.Millisecond))
			}
		})
	}
	all.Wait()
	time.Sleep(time.Second) // for the mint that may be under way
	return lates.Load(), faileds.Load()
}

func Test500RefusalsAtOnceCostOneMintAndOneReplayEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &minted{life: time.Hour, latency: 50 * time.Millisecond}, new(resource)
		rt := whole(t, r, m.source(), "api.example")
		get(rt, newRequest(t, "GET", ""))
		time.Sleep(time.Minute)
		r.revoked.Store(1)
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				if _, code, err := get(rt, newRequest(t, "PUT", "payload")); code != 200 {
					t.Errorf("a caller got %d, %v", code, err)
				}
			})
		}
		all.Wait()
		m.want(t, 2, 2)
		if got := r.requests.Load(); got != 1+500+500 {
			t.Errorf("%d requests, want one before, 500 and 500 again", got)
		}
	})
}

func TestATokenRevokedUnderLoadIsReplacedUnseen(t *testing.T) {
	for name, age := range map[string]time.Duration{"young": 500 * time.Millisecond, "old": time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, r := &minted{life: time.Hour, latency: 200 * time.Millisecond}, new(resource)
				rt := whole(t, r, m.source(), "api.example")
				time.AfterFunc(age, func() { r.revoked.Store(1) })
				get(rt, newRequest(t, "GET", ""))
				time.Sleep(age - 400*time.Millisecond)
				if _, failed := callers(t, 1000, rt, 3*time.Second); failed > 0 {
					t.Errorf("%d callers saw the refusal, want none", failed)
				}
				if m.want(t, 2, 2); r.refusals.Load() == 0 {
					t.Error("no request was refused: nothing was tested")
				}
			})
		})
	}
}

func TestNobodyWaitsForARefreshUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := &minted{life: 2 * time.Second, latency: 200 * time.Millisecond}, new(resource)
		rt := whole(t, r, m.source(), "api.example")
		get(rt, newRequest(t, "GET", ""))
		before := m.n.Load()
		late, failed := callers(t, 1000, rt, 20*time.Second)
		if late > 0 || failed > 0 || r.requests.Load() < 190_000 {
			t.Errorf("of %d requests %d were late and %d failed, want none of 200000", r.requests.Load(), late, failed)
		}
		if n := m.n.Load() - before; n > 12 {
			t.Errorf("%d mints in 20s, want 12 at most", n)
		}
	})
}

// outage is a token endpoint that, from its second mint on, is in trouble for a while.
type outage struct {
	minted
	trouble func(since time.Duration) error
	since   time.Time
}

func (o *outage) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if o.n.Load() > 0 {
		if o.since.IsZero() {
			o.since = time.Now()
		}
		if err := o.trouble(time.Since(o.since)); err != nil {
			return fob.Token{}, err
		}
	}
	return o.minted.Mint(ctx, last)
}

func TestAnOutageOfTheTokenEndpointIsNobodysConcernWhileTheTokenIsValid(t *testing.T) {
	for name, trouble := range map[string]func(time.Duration) error{
		"hangs for 5s": func(since time.Duration) error { time.Sleep(5*time.Second - min(since, 5*time.Second)); return nil },
		"answers 500 for 3s": func(since time.Duration) error {
			if since < 3*time.Second {
				return errStub
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &outage{minted: minted{life: time.Minute, latency: 200 * time.Millisecond}, trouble: trouble}
				rt := whole(t, new(resource), new(fob.Cache).Source(fob.Key{}, o), "api.example")
				get(rt, newRequest(t, "GET", ""))
				if late, failed := callers(t, 10, rt, 100*time.Second); late > 0 || failed > 0 {
					t.Errorf("%d requests were late and %d failed, want none", late, failed)
				}
				o.want(t, 2, 4)
			})
		})
	}
}

func TestNobodyHangsWithAMint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minted{life: time.Hour, latency: time.Hour}
		rt := whole(t, new(resource), m.source(), "api.example")
		var all sync.WaitGroup
		for range 1000 {
			req := within(t, 50*time.Millisecond)
			all.Go(func() {
				if took, _, err := get(rt, req); !errors.Is(err, context.DeadlineExceeded) || took > 60*time.Millisecond {
					t.Errorf("back after %v with %v, want the deadline within 60ms", took, err)
				}
			})
		}
		all.Wait()
		m.want(t, 1, 1)
		time.Sleep(time.Hour) // until the cache gives the mint up
	})
}

func TestATokenThatExpiresDuringAWaitIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minted{life: 50 * time.Second}
		s := answering(503, 200)
		s.steps[0].header = http.Header{"Retry-After": {"60"}}
		var sent []string
		watch := roundTripper(func(req *http.Request) (*http.Response, error) {
			sent = append(sent, req.Header.Get("Authorization"))
			return s.RoundTrip(req)
		})
		rt := chain(t, watch, middleware.Retry{MaxRetryAfter: time.Minute}, middleware.Breaker{}, middleware.Auth{Source: m.source(), Hosts: []string{"api.example"}})
		if took, code, err := get(rt, newRequest(t, "GET", "")); code != 200 || took < time.Minute {
			t.Errorf("got %d, %v after %v", code, err, took)
		}
		if len(sent) != 2 || sent[0] == sent[1] {
			t.Error("the second attempt carries the token that had expired")
		}
	})
}

// zeros is an upload that costs nothing to make.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	z.left -= n
	return int(n), nil
}

func TestALargeStreamIsRefusedAsItIs(t *testing.T) {
	const size = 64 << 20
	var requests, got atomic.Int64
	overBoth(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		got.Add(n)
		requests.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, "refused")
	}, func(t *testing.T, srv *httptest.Server) {
		got.Store(0)
		requests.Store(0)
		req, _ := http.NewRequestWithContext(t.Context(), "PUT", srv.URL, io.NopCloser(&zeros{size}))
		resp, err := whole(t, srv.Client().Transport, new(api).source(), srv.URL).RoundTrip(req)
		if body := status(t, resp, err, 401); body != "refused" || got.Load() != size || requests.Load() != 1 {
			t.Errorf("%d requests with %d bytes, and the answer %q, want one whole and the server's answer", requests.Load(), got.Load(), body)
		}
	})
}

func TestAStreamOfAGibibyteCostsNoMemory(t *testing.T) {
	buf := make([]byte, 32<<10)
	sink := roundTripper(func(req *http.Request) (*http.Response, error) {
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, req.Body, buf)
		req.Body.Close()
		if n != 1<<30 {
			t.Errorf("%d bytes arrived", n)
		}
		return &http.Response{StatusCode: 200, Body: http.NoBody, Request: req}, err
	})
	quiet := slog.New(slog.DiscardHandler)
	rt := chain(t, sink, middleware.Log{Logger: quiet}, middleware.Deadline(time.Hour), middleware.UserAgent("u"), middleware.Retry{},
		middleware.Timeout{Headers: time.Hour, Idle: time.Hour}, middleware.Breaker{}, auth(), middleware.AttemptLog{Logger: quiet})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	req, _ := http.NewRequestWithContext(t.Context(), "PUT", "https://api.example/x", io.NopCloser(&zeros{1 << 30}))
	resp, err := rt.RoundTrip(req)
	status(t, resp, err, 200)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes were allocated, want less than a mebibyte", grown)
	}
}

// BenchmarkAnOpenCircuitRefuses is the price of not asking: under two microseconds.
func BenchmarkAnOpenCircuitRefuses(b *testing.B) {
	down := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 503, Body: http.NoBody}, nil
	})
	rt, err := middleware.Chain(down, middleware.Retry{Max: 1}, middleware.Breaker{Open: time.Hour}, auth())
	if err != nil {
		b.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(b.Context(), "GET", "https://api.example/x", bytes.NewReader(nil))
	for range 10 {
		rt.RoundTrip(req)
	}
	for b.Loop() {
		if _, err := rt.RoundTrip(req); err == nil {
			b.Fatal("the circuit is closed")
		}
	}
}
