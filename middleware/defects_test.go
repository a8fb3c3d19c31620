package middleware_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
)

// Each test here, and each elsewhere in this package that is marked with a D and a number, is a promise that a well-known library for the
// same purpose was seen to break.

// whole is the kit as transport.New assembles it, over base.
func whole(t *testing.T, base http.RoundTripper, src fob.Source, host string) http.RoundTripper {
	t.Helper()
	return chain(t, base, middleware.Retry{}, middleware.Timeout{Headers: time.Minute}, middleware.Breaker{},
		middleware.Auth{Source: src, Hosts: []string{host}, Header: http.Header{"X-Api-Key": {"k-" + canary}}})
}

// overBoth runs test against a server of HTTP/1.1 and one of HTTP/2.
func overBoth(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, srv *httptest.Server)) {
	t.Helper()
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[h2], func(t *testing.T) {
			srv := httptest.NewUnstartedServer(handler)
			srv.EnableHTTP2 = h2
			srv.StartTLS()
			defer srv.Close()
			test(t, srv)
		})
	}
}

// minted counts mints of tokens that live for life, each of which takes latency.
type minted struct {
	life, latency time.Duration
	err           error
	n             atomic.Int32
}

func (m *minted) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	n, issued := m.n.Add(1), time.Now()
	select {
	case <-time.After(m.latency):
	case <-ctx.Done():
		return fob.Token{}, ctx.Err()
	}
	return fob.Token{Access: fob.Secret(fmt.Sprintf("a%d-%s", n, canary)), Issued: issued, Expiry: issued.Add(m.life)}, m.err
}

func (m *minted) source() *fob.CachedSource { return new(fob.Cache).Source(fob.Key{}, m) }

func (m *minted) want(t *testing.T, least, most int32) {
	t.Helper()
	if n := m.n.Load(); n < least || n > most {
		t.Errorf("%d mints, want %d to %d", n, least, most)
	}
}

// within returns a request whose caller leaves after d.
func within(t *testing.T, d time.Duration) *http.Request {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return newRequest(t, "GET", "").WithContext(ctx)
}

// get sends a request and says how long that took, and with what status or error.
func get(rt http.RoundTripper, req *http.Request) (took time.Duration, code int, err error) {
	start := time.Now()
	resp, err := rt.RoundTrip(req)
	if err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		code = resp.StatusCode
	}
	return time.Since(start), code, err
}

// D1. The matrix of origins is in package transport.
func TestARedirectTakesNoTokenToAnotherHostOrPort(t *testing.T) {
	for _, to := range []string{"https://b.example/", "https://api.example:8443/", "https://sub.api.example/"} {
		s := &stub{steps: []step{{status: 302, header: http.Header{"Location": {to}}}, {status: 200}}}
		var there http.Header
		watch := roundTripper(func(req *http.Request) (*http.Response, error) {
			there = req.Header
			return s.RoundTrip(req)
		})
		resp, err := (&http.Client{Transport: whole(t, watch, static("t-"+canary), "api.example")}).Do(newRequest(t, "GET", ""))
		status(t, resp, err, 200)
		if there.Get("Authorization") != "" || there.Get("X-Api-Key") != "" {
			t.Errorf("credentials went to %s", to)
		}
	}
}

// D2
func TestNoCallerWaitsForATokenBeyondItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint := &stub{steps: []step{{status: 503, took: 300 * time.Millisecond}}}
		grant := oauth.ClientCredentials{Client: &oauth.Client{TokenURL: "https://id.example/token", ClientID: "c", Transport: endpoint}}
		rt := whole(t, answering(200), new(fob.Cache).Source(grant.Key(), grant), "api.example")
		var callers sync.WaitGroup
		for range 5 {
			req := within(t, 50*time.Millisecond)
			callers.Go(func() {
				if took, _, err := get(rt, req); !errors.Is(err, context.DeadlineExceeded) || took != 50*time.Millisecond {
					t.Errorf("back after %v with %v, want the deadline after 50ms", took, err)
				}
			})
		}
		callers.Wait()
		time.Sleep(time.Minute)
		endpoint.wantCalls(t, 3) // one mint, with its own two retries
	})
}

// D3
func TestTheTokenEndpointsFirstRefusalIsTheOneThatIsTold(t *testing.T) {
	endpoint := &stub{steps: []step{{status: 400, body: `{"error":"invalid_scope"}`}, {status: 401, body: `{"error":"invalid_client"}`}}}
	grant := oauth.ClientCredentials{Client: &oauth.Client{TokenURL: "https://id.example/token", ClientID: "c", Auth: oauth.Basic{Secret: fob.Secret("s-" + canary)}, Transport: endpoint}}
	_, _, err := get(whole(t, answering(200), new(fob.Cache).Source(grant.Key(), grant), "api.example"), newRequest(t, "GET", ""))
	if refused := new(oauth.Error); !errors.As(err, &refused) || refused.Code != "invalid_scope" {
		t.Errorf("got %v, want invalid_scope", err)
	}
	endpoint.wantCalls(t, 1)
}

// D4, D8
func TestAWaiterBehindASlowMintLeavesWithItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minted{life: time.Hour, latency: 500 * time.Millisecond}
		rt := whole(t, answering(200), m.source(), "api.example")
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, code, err := get(rt, newRequest(t, "GET", "")); code != 200 {
				t.Errorf("the first caller got %d, %v", code, err)
			}
		})
		synctest.Wait()
		if took, _, err := get(rt, within(t, 50*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) || took != 50*time.Millisecond {
			t.Errorf("back after %v with %v, want the deadline after 50ms", took, err)
		}
		callers.Wait()
		m.want(t, 1, 1)
	})
}

// D5
func TestAfterAFailedRefreshTheNextIsTriedWhileTheTokenIsStillValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minted{life: time.Hour}
		rt := whole(t, answering(200), m.source(), "api.example")
		get(rt, newRequest(t, "GET", ""))
		time.Sleep(58 * time.Minute) // stale
		m.err = errStub
		get(rt, newRequest(t, "GET", ""))
		synctest.Wait()
		m.want(t, 2, 2)
		m.err = nil
		for range 20 {
			time.Sleep(time.Second)
			if took, code, err := get(rt, newRequest(t, "GET", "")); took > 0 || code != 200 {
				t.Errorf("got %d, %v after %v", code, err, took)
			}
		}
		m.want(t, 3, 3)
	})
}

// D6
func TestAShortTokenIsNotMintedForEachCall(t *testing.T) {
	for _, life := range []time.Duration{60 * time.Second, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			m := &minted{life: life}
			rt := whole(t, answering(200), m.source(), "api.example")
			for range 50 {
				get(rt, newRequest(t, "GET", ""))
			}
			m.want(t, 1, 1)
		})
	}
}

// D7
func TestNothingShowsUpInTheCallersRequest(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	s := answering(503, 401, 200)
	s.steps[0].header = http.Header{"Retry-After": {"0"}}
	rt := chain(t, chain(t, s, middleware.AttemptLog{Logger: logger}), middleware.Log{Logger: logger}, middleware.UserAgent("u"), middleware.Retry{}, middleware.Breaker{},
		middleware.Auth{Source: new(api).source(), Hosts: []string{"api.example"}, Header: http.Header{"X-Api-Key": {"k-" + canary}}})
	req := newRequest(t, "PUT", "payload")
	req.Header.Set("X-Mine", "1")
	was, url, header := *req, *req.URL, req.Header.Clone()
	resp, err := rt.RoundTrip(req)
	status(t, resp, err, 200)
	if req.URL != was.URL || *req.URL != url || !reflect.DeepEqual(req.Header, header) || req.Body != was.Body || req.Context() != was.Context() {
		t.Error("the caller's request is another than before")
	}
	if h := resp.Request.Header; h.Get("Authorization") != "" || h.Get("X-Api-Key") != "" || strings.Contains(log.String(), canary) {
		t.Error("a secret shows in the response's request or in the log")
	}
}

// D8
func TestCallersOfAFailingEndpointFailTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minted{life: time.Hour, latency: 100 * time.Millisecond, err: errStub}
		rt := whole(t, answering(200), m.source(), "api.example")
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				if took, _, err := get(rt, newRequest(t, "GET", "")); err == nil || took != 100*time.Millisecond {
					t.Errorf("back after %v with %v, want an error after 100ms", took, err)
				}
			})
		}
		callers.Wait()
		m.want(t, 1, 1)
	})
}

// D9. A token that was minted a moment ago is sent once more after a quarter of a second, so a call takes that long.
func TestAPermanent401CostsAMintASecondAtMost(t *testing.T) {
	for _, calls := range []int{5, 1000} {
		synctest.Test(t, func(t *testing.T) {
			m, start := &minted{life: time.Hour}, time.Now()
			rt := whole(t, answering(401), m.source(), "api.example")
			for range calls {
				if _, code, err := get(rt, newRequest(t, "GET", "")); code != 401 {
					t.Fatalf("got %d, %v, want the 401", code, err)
				}
			}
			m.want(t, 1, 2+int32(time.Since(start)/time.Second))
		})
	}
}

// D10. Run it under -race.
func TestAnUploadThatIsAnsweredEarlyIsSentAgainWhole(t *testing.T) {
	upload := bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16)
	want := sha256.Sum256(upload)
	var early atomic.Int32
	var got atomic.Pointer[[32]byte]
	overBoth(t, func(w http.ResponseWriter, r *http.Request) {
		if early.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		got.Store(&sum)
	}, func(t *testing.T, srv *httptest.Server) {
		early.Store(2)
		got.Store(nil)
		rt := whole(t, srv.Client().Transport, static("t-"+canary), srv.URL)
		req, _ := http.NewRequestWithContext(t.Context(), "PUT", srv.URL, bytes.NewReader(upload))
		resp, err := rt.RoundTrip(req)
		if status(t, resp, err, 200); got.Load() == nil || *got.Load() != want {
			t.Error("the last attempt carried another body")
		}
	})
}

// D11
func TestALeadersDeadlineIsNoFollowersError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minted{life: time.Hour, latency: 200 * time.Millisecond}
		rt := whole(t, answering(200), m.source(), "api.example")
		var leader sync.WaitGroup
		req := within(t, 80*time.Millisecond)
		leader.Go(func() {
			if _, _, err := get(rt, req); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the leader got %v, want its deadline", err)
			}
		})
		synctest.Wait()
		if took, code, err := get(rt, newRequest(t, "GET", "")); code != 200 || took != 200*time.Millisecond {
			t.Errorf("the follower got %d, %v after %v, want 200 after 200ms", code, err, took)
		}
		leader.Wait()
		m.want(t, 1, 1)
	})
}

// D12
func TestAReplayCarriesTheWholeBodyOrIsNone(t *testing.T) {
	var bodies []string
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bodies = append(bodies, string(body)); strings.HasPrefix(r.Header.Get("Authorization"), "Bearer a1-") {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, "refused")
		}
	}
	for _, keepAlive := range []bool{true, false} {
		overBoth(t, handler, func(t *testing.T, srv *httptest.Server) {
			base := srv.Client().Transport.(*http.Transport)
			base.DisableKeepAlives = !keepAlive
			for name, tt := range map[string]struct {
				body io.Reader
				code int
				want []string
			}{
				"a body that can be had again": {strings.NewReader("0123456789"), 200, []string{"0123456789", "0123456789"}},
				"a stream":                     {io.MultiReader(strings.NewReader("0123456789")), 401, []string{"0123456789"}},
			} {
				bodies = nil
				req, _ := http.NewRequestWithContext(t.Context(), "POST", srv.URL, tt.body)
				resp, err := whole(t, base, new(api).source(), srv.URL).RoundTrip(req)
				got := status(t, resp, err, tt.code)
				if !reflect.DeepEqual(bodies, tt.want) || tt.code == 401 && got != "refused" || len(req.Header) > 0 {
					t.Errorf("%s: the server got %q, the caller %q and %d headers in its request", name, bodies, got, len(req.Header))
				}
			}
		})
	}
}

// D13
func TestAPOSTIsNotRepeatedAndItsBodyStaysTheCallers(t *testing.T) {
	s := answering(500, 200)
	body := &closedBody{Reader: strings.NewReader("payload")}
	req := newRequest(t, "POST", "payload")
	req.Body = body
	resp, err := whole(t, s, static("t-"+canary), "api.example").RoundTrip(req)
	status(t, resp, err, 500)
	if s.wantCalls(t, 1); req.Body != body || body.closed != 1 {
		t.Errorf("the body is the caller's: %v, and was closed %d times, want once", req.Body == body, body.closed)
	}
}

// D14
func TestRedirectsAndCookiesAreTheClients(t *testing.T) {
	s := &stub{steps: []step{{status: 503}, {status: 302, header: http.Header{"Location": {"/end"}, "Set-Cookie": {"a=1"}}}, {status: 200}}}
	var cookie string
	watch := roundTripper(func(req *http.Request) (*http.Response, error) {
		cookie = req.Header.Get("Cookie")
		return s.RoundTrip(req)
	})
	jar, _ := cookiejar.New(nil)
	c := http.Client{Jar: jar, Transport: chain(t, watch, middleware.Retry{Wait: 1, MaxWait: 1}, middleware.Breaker{}, auth())}
	resp, err := c.Do(newRequest(t, "GET", ""))
	if status(t, resp, err, 200); cookie != "a=1" {
		t.Errorf("the second stop got the cookie %q, want that of the first", cookie)
	}
	s.seen, c.CheckRedirect = nil, func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err = c.Do(newRequest(t, "GET", ""))
	status(t, resp, err, 302)
}

// D17
func TestEveryDiscardedBodyIsClosedAndItsConnectionKept(t *testing.T) {
	var conns atomic.Int32
	overBoth(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "an error page")
	}, func(t *testing.T, srv *httptest.Server) {
		base := srv.Client().Transport.(*http.Transport)
		dial := base.DialContext
		base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conns.Add(1)
			if dial == nil {
				return new(net.Dialer).DialContext(ctx, network, addr)
			}
			return dial(ctx, network, addr)
		}
		conns.Store(0)
		counted := &opened{next: base}
		rt := chain(t, counted, middleware.Retry{Max: 3, Wait: 1, MaxWait: 1})
		for range 10 {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
			if _, code, err := get(rt, req); code != 503 {
				t.Fatalf("got %d, %v", code, err)
			}
		}
		if counted.opened != 30 || counted.closed != 30 || conns.Load() != 1 {
			t.Errorf("%d bodies opened, %d closed, %d connections, want 30, 30 and 1", counted.opened, counted.closed, conns.Load())
		}
	})
}

// opened counts the bodies of responses that were given out, and of those the closed.
type opened struct {
	next           http.RoundTripper
	opened, closed int
}

func (o *opened) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(req)
	if err == nil {
		o.opened++
		var once sync.Once
		resp.Body = closeFunc{resp.Body, func() error { once.Do(func() { o.closed++ }); return nil }}
	}
	return resp, err
}

type closeFunc struct {
	io.ReadCloser
	also func() error
}

func (c closeFunc) Close() error { return errors.Join(c.ReadCloser.Close(), c.also()) }

// D18
func TestAttemptsAreSpacedAndThoseOfAPOSTAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waited time.Duration
		for range 100 {
			s := answering(503)
			took, _, _ := get(chain(t, s, middleware.Retry{}), newRequest(t, "GET", ""))
			waited += took
			s.wantCalls(t, 4)
		}
		if mean := waited / 100; mean < 400*time.Millisecond || mean > 1000*time.Millisecond {
			t.Errorf("three waits of up to 200, 400 and 800 ms took %v on average, want about 700ms", mean)
		}
		s := answering(503)
		get(chain(t, s, middleware.Retry{}), newRequest(t, "POST", "x"))
		s.wantCalls(t, 1)
	})
}

// D24, where the circuit is closed
func TestAnOutcomeCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answering(503)
		rt := chain(t, s, middleware.Breaker{})
		for range 9 {
			trip1(t, rt)
		}
		wantOpen(t, rt, false) // the tenth
		wantOpen(t, rt, true)
		s.wantCalls(t, 10)
	})
}

// D25
func TestNoLockIsHeldWhileARequestIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := whole(t, &stub{steps: []step{{status: 200, took: 100 * time.Millisecond}}}, static("t-"+canary), "api.example")
		start := time.Now()
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() { get(rt, newRequest(t, "GET", "")) })
		}
		callers.Wait()
		if took := time.Since(start); took != 100*time.Millisecond {
			t.Errorf("four calls of 100ms at once took %v", took)
		}
	})
}

// D26
func TestEachAttemptHasTheLengthOfTheFirstAndNoBodyIsOpenedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lengths []int64
		s := answering(503, 503, 401, 200)
		watch := roundTripper(func(req *http.Request) (*http.Response, error) {
			lengths = append(lengths, req.ContentLength)
			return s.RoundTrip(req)
		})
		bodies := []*closedBody{{Reader: strings.NewReader("payload")}}
		req := newRequest(t, "PUT", "payload")
		req.Body = bodies[0]
		req.GetBody = func() (io.ReadCloser, error) {
			bodies = append(bodies, &closedBody{Reader: strings.NewReader("payload")})
			return bodies[len(bodies)-1], nil
		}
		resp, err := whole(t, watch, new(api).source(), "api.example").RoundTrip(req)
		status(t, resp, err, 200)
		if want := []int64{7, 7, 7, 7}; !reflect.DeepEqual(lengths, want) || len(bodies) != 4 {
			t.Errorf("lengths %v and %d bodies, want %v and one each", lengths, len(bodies), want)
		}
		for i, b := range bodies {
			if b.closed != 1 {
				t.Errorf("body %d was closed %d times, want once", i, b.closed)
			}
		}
	})
}
