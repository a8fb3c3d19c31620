package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/middleware"
)

func TestRetrySendsAgainWhatMaySucceed(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	key := http.Header{"Idempotency-Key": {"k"}}
	for _, tt := range []struct {
		name   string
		method string
		header http.Header
		hint   func(context.Context) context.Context
		first  step
		want   int // requests
	}{
		{"GET and 503", "GET", nil, nil, step{status: 503}, 2},
		{"no method and 500", "", nil, nil, step{status: 500}, 2},
		{"PUT and 502", "PUT", nil, nil, step{status: 502}, 2},
		{"DELETE and 429", "DELETE", nil, nil, step{status: 429}, 2},
		{"GET and 408", "GET", nil, nil, step{status: 408}, 2},
		{"GET and 501", "GET", nil, nil, step{status: 501}, 1},
		{"GET and 404", "GET", nil, nil, step{status: 404}, 1},
		{"GET and a lost connection", "GET", nil, nil, step{err: errReset}, 2},
		{"GET and an error that is not the network's", "GET", nil, nil, step{err: errStub}, 1},
		{"GET and a name that does not exist", "GET", nil, nil, step{err: &net.DNSError{IsNotFound: true}}, 1},
		{"POST and 500", "POST", nil, nil, step{status: 500}, 1},
		{"POST and a lost connection", "POST", nil, nil, step{err: errReset}, 1},
		{"POST that was never written", "POST", nil, nil, step{err: refused}, 2},
		{"PATCH that was never written", "PATCH", nil, nil, step{err: refused}, 2},
		{"POST with an Idempotency-Key and 500", "POST", key, nil, step{status: 500}, 2},
		{"POST with an X-Idempotency-Key that is not sent", "POST", http.Header{"X-Idempotency-Key": {}}, nil, step{status: 500}, 2},
		{"POST with a hint", "POST", nil, middleware.Idempotent, step{status: 500}, 2},
		{"GET with a hint not to", "GET", nil, middleware.NoRetry, step{status: 503}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stub{steps: []step{tt.first, {status: 200}}}
				req := newRequest(t, tt.method, "payload")
				if tt.header != nil {
					req.Header = tt.header
				}
				if tt.hint != nil {
					req = req.WithContext(tt.hint(req.Context()))
				}
				resp, err := chain(t, s, middleware.Retry{}).RoundTrip(req)
				s.wantCalls(t, tt.want)
				for i, body := range s.bodies {
					if body != "payload" {
						t.Errorf("attempt %d carried %q", i+1, body)
					}
				}
				if err == nil && middleware.Attempts(resp) != tt.want {
					t.Errorf("the response says %d attempts, want %d", middleware.Attempts(resp), tt.want)
				}
			})
		})
	}
}

func TestTheNumberOfAttemptsShowsThroughWhatStandsOutside(t *testing.T) {
	always := func(*http.Request) bool { return true }
	for _, outer := range []middleware.Middleware{
		middleware.Log{Logger: slog.New(slog.DiscardHandler)}, middleware.Deadline(time.Hour), middleware.UserAgent("u"),
		middleware.Headers{"X": {"y"}}, middleware.If(always, middleware.UserAgent("u")),
	} {
		synctest.Test(t, func(t *testing.T) {
			resp, err := chain(t, answering(503, 200), outer, middleware.Retry{}).RoundTrip(newRequest(t, "GET", ""))
			if status(t, resp, err, 200); middleware.Attempts(resp) != 2 {
				t.Errorf("%T: the response says %d attempts, want 2", outer, middleware.Attempts(resp))
			}
		})
	}
}

func TestRetryTellsOfEachAttemptThatItAdds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var told []string
		r := middleware.Retry{Wait: time.Nanosecond, Retried: func(ctx context.Context, r middleware.Retried) {
			told = append(told, fmt.Sprint(ctx.Value(key{}), " ", r.Origin, " ", r.Attempt, " ", r.Status, " ", r.Err))
		}}
		s := &stub{steps: []step{{status: 503}, {err: errReset}, {status: 404}}}
		req := newRequest(t, "GET", "")
		resp, err := chain(t, s, r).RoundTrip(req.WithContext(context.WithValue(req.Context(), key{}, "caller's")))
		status(t, resp, err, 404)
		want := []string{"caller's https://api.example 2 503 <nil>", fmt.Sprint("caller's https://api.example 3 0 ", errReset)}
		if !slices.Equal(told, want) {
			t.Errorf("got %q, want %q", told, want)
		}
	})
}

func TestABodyThatCannotBeHadAgainIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503, 200)
		req := newRequest(t, "PUT", "payload")
		req.GetBody = nil
		resp, err := chain(t, s, middleware.Retry{}).RoundTrip(req)
		status(t, resp, err, 503)
		s.wantCalls(t, 1)

		s = answering(503, 200)
		s.steps[0].body = "page"
		req = newRequest(t, "PUT", "payload")
		req.GetBody = func() (io.ReadCloser, error) { return nil, errStub }
		resp, err = chain(t, s, middleware.Retry{}).RoundTrip(req)
		if got := status(t, resp, err, 503); got != "page" {
			t.Errorf("the response's body is %q, want it untouched", got)
		}
	})
}

// D16
func TestTheLastOfManyFailuresIsTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503, 502, 500, 504)
		s.steps[3].body = "page"
		resp, err := chain(t, s, middleware.Retry{}).RoundTrip(newRequest(t, "GET", ""))
		if body := status(t, resp, err, 504); body != "page" || middleware.Attempts(resp) != 4 {
			t.Errorf("got %q after %d attempts, want the page after 4", body, middleware.Attempts(resp))
		}
		if s.open != 0 {
			t.Errorf("%d bodies left open", s.open)
		}

		s = &stub{steps: []step{{err: errReset}}}
		_, err = chain(t, s, middleware.Retry{Max: 3}).RoundTrip(newRequest(t, "GET", ""))
		var e *middleware.AttemptsError
		if !errors.As(err, &e) || e.Attempts != 3 || !errors.Is(err, errReset) {
			t.Errorf("got %v, want the last error and that there were 3 attempts", err)
		}
	})
}

func TestRetryAfterIsObeyedOrTheResponseReturned(t *testing.T) {
	for _, tt := range []struct {
		after string
		least time.Duration
		calls int
	}{
		{"20", 20 * time.Second, 2},
		{"30", 30 * time.Second, 2},
		{"31", 0, 1},
		{"3600", 0, 1},
		{"99999999999999999999", 0, 1},
		{"Sat, 01 Jan 2000 00:00:10 GMT", 10 * time.Second, 2},
		{"Saturday, 01-Jan-00 00:00:10 GMT", 10 * time.Second, 2},
		{"Sat Jan  1 00:00:10 2000", 10 * time.Second, 2},
	} {
		t.Run(tt.after, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // whose clock begins with the year 2000
				s := answering(503, 200)
				s.steps[0].header = http.Header{"Retry-After": {tt.after}}
				start := time.Now()
				resp, err := chain(t, s, middleware.Retry{}).RoundTrip(newRequest(t, "GET", ""))
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				s.wantCalls(t, tt.calls)
				if took := time.Since(start); took < tt.least || took > tt.least+tt.least/10 {
					t.Errorf("took %v, want %v and a tenth at most", took, tt.least)
				}
			})
		})
	}
}

func TestAWaitThatOutlastsTheDeadlineIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503, 200)
		s.steps[0].header = http.Header{"Retry-After": {"20"}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		resp, err := chain(t, s, middleware.Retry{}).RoundTrip(newRequest(t, "GET", "").WithContext(ctx))
		status(t, resp, err, 503)
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v, want none", took)
		}
	})
}

func TestACallerWhoLeavesAWaitIsBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503, 200)
		s.steps[0].header = http.Header{"Retry-After": {"20"}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := chain(t, s, middleware.Retry{}).RoundTrip(newRequest(t, "PUT", "payload").WithContext(ctx))
		if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want context.Canceled after 1s", err, time.Since(start))
		}
	})
}

// load sends n requests, one after the other, and returns how many of them reached the server.
func load(t *testing.T, rt http.RoundTripper, s *stub, n int, every time.Duration) int {
	t.Helper()
	for range n {
		req := newRequest(t, "GET", "")
		go func() {
			if resp, err := rt.RoundTrip(req); err == nil {
				resp.Body.Close()
			}
		}()
		time.Sleep(every)
	}
	time.Sleep(time.Minute)
	synctest.Wait()
	return s.calls()
}

func TestAServerThatFailsIsNotAskedTheMore(t *testing.T) {
	for name, tt := range map[string]struct {
		kits int
		most float64
	}{"one kit": {1, 1.15}, "two nested": {2, 1.3}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := answering(503)
				var rt http.RoundTripper = s
				for range tt.kits {
					rt = chain(t, rt, middleware.Retry{})
				}
				const n = 2000
				if got := float64(load(t, rt, s, n, time.Millisecond)) / n; got > tt.most {
					t.Errorf("the load grew by %.2f, want %.2f at most", got, tt.most)
				}
			})
		})
	}
}

func TestSuccessRefillsTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503)
		rt := chain(t, s, middleware.Retry{Budget: middleware.Budget{Burst: 2, Refill: 0.5, Spacing: time.Hour}})
		try := func(status, want int) {
			t.Helper()
			s.steps = []step{{status: status}}
			before := s.calls()
			resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := s.calls() - before; got != want {
				t.Errorf("%d: %d attempts, want %d", status, got, want)
			}
		}
		try(503, 4) // the burst of two, and one for the spacing
		try(503, 1) // nothing left
		try(200, 1)
		try(200, 1)
		try(503, 2) // what two successes earned
	})
}

func TestARetryInsideAnotherLeavesItToTheOuter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503)
		rt := chain(t, chain(t, s, middleware.Retry{}), middleware.Retry{})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		status(t, resp, err, 503)
		s.wantCalls(t, 4+3) // the first attempt is the inner one's to repeat, and no other
	})
}

// D15
func TestErrorPagesOfAnySizeCostOneConnection(t *testing.T) {
	for _, size := range []int{1 << 10, 5 << 10, 64 << 10} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			a, conns := newAPI(t), 0
			a.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadGateway)
				io.WriteString(w, strings.Repeat("x", size))
			}
			base := http.DefaultTransport.(*http.Transport).Clone()
			dial := base.DialContext
			base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conns++
				return dial(ctx, network, addr)
			}
			defer base.CloseIdleConnections()
			c := http.Client{Transport: chain(t, base, middleware.Retry{Wait: time.Millisecond})}
			req, _ := http.NewRequestWithContext(t.Context(), "GET", a.URL, nil)
			req.Header.Set("Authorization", "Bearer a1-")
			resp, err := c.Do(req)
			status(t, resp, err, http.StatusBadGateway)
			a.wantRequests(t, 4)
			if conns != 1 {
				t.Errorf("4 attempts took %d connections, want 1", conns)
			}
		})
	}
}

// net/http has no type for what ends a request on an HTTP/2 connection that was found dead.
func TestALostConnectionWithoutATypeIsTheNetworksAllTheSame(t *testing.T) {
	for _, tt := range []struct {
		method string
		header http.Header
		want   int
	}{{"GET", nil, 4}, {"POST", nil, 1}, {"GET", http.Header{"Bad\n": {"x"}}, 0}} {
		s := &stub{steps: []step{{err: errStub}}}
		base := new(http.Transport)
		base.RegisterProtocol("http", s)
		req := newRequest(t, tt.method, "")
		req.URL.Scheme = "http"
		maps.Copy(req.Header, tt.header)
		_, err := chain(t, base, middleware.Retry{Wait: 1, MaxWait: 1}).RoundTrip(req)
		if err == nil {
			t.Error("got no error")
		}
		s.wantCalls(t, tt.want)
	}
}
