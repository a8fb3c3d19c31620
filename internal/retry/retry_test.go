package retry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/internal/retry"
)

// answers makes a Send that answers with one status after another, each with a body that says which attempt it was.
func answers(statuses ...int) retry.Send {
	return func(_ context.Context, attempt int) (*http.Response, error) {
		body := io.NopCloser(strings.NewReader("attempt " + string(rune('0'+attempt))))
		return &http.Response{StatusCode: statuses[attempt-1], Header: http.Header{}, Body: body}, nil
	}
}

// upTo repeats everything but 200, each time after wait, until there were limit attempts.
func upTo(limit int, wait time.Duration) retry.Policy {
	return func(resp *http.Response, err error, attempt int) (time.Duration, bool) {
		return wait, attempt < limit && (err != nil || resp.StatusCode != http.StatusOK)
	}
}

func TestDoSendsUntilThePolicyIsContent(t *testing.T) {
	tests := []struct {
		name     string
		statuses []int
		status   int
		body     string
		took     time.Duration
	}{
		{"the first answer will do", []int{200}, 200, "attempt 1", 0},
		{"the second will do", []int{503, 200}, 200, "attempt 2", time.Second},
		{"none will do: the last one is returned, readable", []int{503, 500, 502}, 502, "attempt 3", 2 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				resp, err := retry.Do(t.Context(), answers(tt.statuses...), upTo(3, time.Second))
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.status || string(body) != tt.body {
					t.Errorf("got %d %q, want %d %q", resp.StatusCode, body, tt.status, tt.body)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

func TestDoDoesNotBeginAWaitThatOutlastsTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		resp, err := retry.Do(ctx, answers(503, 200), upTo(3, time.Second))
		if err != nil || resp.StatusCode != 503 {
			t.Fatalf("got %v, %v, want the 503", resp, err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v, want no wait", took)
		}
	})
}

func TestDoCancelledInAWaitSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := retry.Do(ctx, answers(503, 200), upTo(3, time.Minute))
		if err != context.Canceled {
			t.Errorf("got %v, want context.Canceled itself", err)
		}
	})
}

func TestDoReturnsTheErrorOfTheLastAttemptBare(t *testing.T) {
	last := errors.New("last")
	send := func(_ context.Context, attempt int) (*http.Response, error) {
		if attempt == 3 {
			return nil, last
		}
		return nil, errors.New("earlier")
	}
	if _, err := retry.Do(t.Context(), send, upTo(3, 0)); err != last {
		t.Errorf("got %v, want the error of attempt 3, not wrapped", err)
	}
}

func TestDoUsesOneConnectionThroughLargeErrorPages(t *testing.T) {
	var conns, requests atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, strings.Repeat("x", 64<<10))
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	resp, err := retry.Do(t.Context(), get(srv.Client().Transport, srv.URL), upTo(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || conns.Load() != 1 {
		t.Errorf("got %d over %d connections, want 200 over 1", resp.StatusCode, conns.Load())
	}
}

func get(rt http.RoundTripper, url string) retry.Send {
	return func(ctx context.Context, _ int) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		return rt.RoundTrip(req)
	}
}

// stuck is a body that gives nothing until it is closed.
type stuck struct{ closed chan struct{} }

func (s stuck) Read([]byte) (int, error) { <-s.closed; return 0, net.ErrClosed }
func (s stuck) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

func TestDrainLeavesABodyThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		retry.Drain(&http.Response{Body: stuck{make(chan struct{})}})
		if took := time.Since(start); took > time.Second {
			t.Errorf("drained for %v, want under a second", took)
		}
	})
}

func TestAfterReadsEveryForm(t *testing.T) {
	now := time.Date(1994, 11, 6, 8, 49, 7, 0, time.UTC)
	tests := []struct {
		name, after, date string
		want              time.Duration
		ok                bool
	}{
		{name: "absent"},
		{name: "seconds", after: "120", want: 2 * time.Minute, ok: true},
		{name: "no seconds", after: "0", ok: true},
		{name: "IMF-fixdate", after: "Sun, 06 Nov 1994 08:49:37 GMT", want: 30 * time.Second, ok: true},
		{name: "RFC 850", after: "Sunday, 06-Nov-94 08:49:37 GMT", want: 30 * time.Second, ok: true},
		{name: "asctime", after: "Sun Nov  6 08:49:37 1994", want: 30 * time.Second, ok: true},
		{name: "a date gone by", after: "Sun, 06 Nov 1994 08:00:00 GMT", ok: true},
		{name: "a date by the server's own clock", after: "Sun, 06 Nov 1994 10:00:05 GMT", date: "Sun, 06 Nov 1994 10:00:00 GMT", want: 5 * time.Second, ok: true},
		{name: "overflow", after: "99999999999999999999", want: 1<<63 - 1, ok: true},
		{name: "overflow of a duration", after: "9999999999999", want: 1<<63 - 1, ok: true},
		{name: "negative", after: "-1"},
		{name: "a fraction", after: "1.5"},
		{name: "words", after: "soon"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"Retry-After": {tt.after}, "Date": {tt.date}}
			if got, ok := retry.After(h, now); got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestBackoffDoublesUpToItsLimit(t *testing.T) {
	for attempt, full := range map[int]time.Duration{1: 100, 2: 200, 3: 400, 4: 500, 90: 500} {
		if got := retry.Backoff(attempt, 100, 500); got < full/2 || got > full {
			t.Errorf("attempt %d: got %d, want between %d and %d", attempt, got, full/2, full)
		}
	}
}

func TestUnwrittenIsProvenByTypeOrTrace(t *testing.T) {
	closes := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }))
	defer closes.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = quiet()
	untrusted.StartTLS()
	defer untrusted.Close()
	dead := deadURL(t)
	tests := []struct {
		name  string
		url   string
		trace bool
		want  bool
	}{
		{"nobody listens, by type", dead, false, true},
		{"certificate not trusted, by type", untrusted.URL, false, true},
		{"https spoken to an http server, by trace", strings.Replace(closes.URL, "http:", "https:", 1), true, true},
		{"closed without an answer", closes.URL, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			var wire retry.Wire
			_, err := get(rt, tt.url)(wire.Watch(t.Context()), 1)
			got := retry.Unwritten(err)
			if tt.trace {
				got = wire.Unwritten(err)
			}
			if err == nil || got != tt.want {
				t.Errorf("%v: got %v, want %v", err, got, tt.want)
			}
		})
	}
}

func TestUnwrittenKnowsARefusedStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // net/http itself tries again for a minute before it gives up
		rt := &http.Transport{DialContext: refuseStreams(t), Protocols: new(http.Protocols)}
		rt.Protocols.SetUnencryptedHTTP2(true)
		defer rt.CloseIdleConnections()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h2.test/", strings.NewReader("x"))
		if _, err := rt.RoundTrip(req); !retry.Unwritten(err) {
			t.Errorf("%v (%T) is not taken for a refused stream", err, err)
		}
	})
}

func TestUnwrittenIsNotProvenBySilence(t *testing.T) {
	var wire retry.Wire
	wire.Watch(t.Context()) // a RoundTripper that knows no hooks
	if wire.Unwritten(io.ErrUnexpectedEOF) {
		t.Error("a transport that calls no hooks was taken for one that never connected")
	}
}

func TestPassing(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"nothing", nil, false},
		{"cancelled", context.Canceled, false},
		{"timed out", context.DeadlineExceeded, true},
		{"refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{"closed", io.EOF, true},
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, false},
		{"name server down", &net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}}, true},
		{"certificate not trusted", &tls.CertificateVerificationError{Err: errors.New("x")}, false},
		{"a fault of our own", errors.New("no secret"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := retry.Passing(tt.err); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAConnectionThatDiedIdleIsPassing(t *testing.T) {
	untyped := errors.New("http: server closed idle connection")
	tests := []struct {
		name   string
		reused bool
		err    error
		want   bool
	}{
		{"served before", true, untyped, true},
		{"new", false, untyped, false},
		{"served before, cancelled", true, context.Canceled, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var wire retry.Wire
			httptrace.ContextClientTrace(wire.Watch(t.Context())).GotConn(httptrace.GotConnInfo{Reused: tt.reused})
			if got := wire.Passing(tt.err); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
