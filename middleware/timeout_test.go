package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/middleware"
)

func TestAnAttemptThatTakesTooLongIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{steps: []step{{hang: true}, {status: 200}}}
		start := time.Now()
		rt := chain(t, s, middleware.Retry{Wait: 1, MaxWait: 1}, middleware.Timeout{Headers: 5 * time.Second})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		status(t, resp, err, 200)
		if took := time.Since(start).Round(time.Second); took != 5*time.Second {
			t.Errorf("took %v, want 5s", took)
		}
	})
}

func TestATimeoutIsToldFromTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := chain(t, &stub{steps: []step{{hang: true}}}, middleware.Timeout{Headers: 5 * time.Second})
		_, err := rt.RoundTrip(newRequest(t, "GET", ""))
		var late *middleware.TimeoutError
		var netErr net.Error
		if !errors.As(err, &late) || !errors.As(err, &netErr) || !netErr.Timeout() || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a *TimeoutError", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err = rt.RoundTrip(newRequest(t, "GET", "").WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) {
			t.Errorf("got %v, want the caller's deadline", err)
		}
	})
}

// drip is a body that brings a byte each so often, and fails when its request's ctx ends.
type drip struct {
	ctx   context.Context
	every time.Duration
	left  int
}

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	d.left--
	select {
	case <-time.After(d.every):
		p[0] = '.'
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func (d *drip) Close() error { return nil }

func dripping(every time.Duration, n int) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: &drip{req.Context(), every, n}}, nil
	})
}

func TestAStreamOutlivesTheTimeoutOfItsHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := chain(t, dripping(time.Second, 600), middleware.Timeout{Headers: 5 * time.Second, Idle: 2 * time.Second})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		if body := status(t, resp, err, 200); len(body) != 600 {
			t.Errorf("%d bytes of a stream of ten minutes, want 600", len(body))
		}
	})
}

func TestAStreamThatFallsSilentEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := chain(t, dripping(time.Minute, 2), middleware.Timeout{Idle: 5 * time.Second})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // a reader may take its time
		start := time.Now()
		_, err = io.ReadAll(resp.Body)
		if late := new(middleware.TimeoutError); !errors.As(err, &late) || late.For != "body" || time.Since(start) != 5*time.Second {
			t.Errorf("got %v after %v, want a *TimeoutError after 5s", err, time.Since(start))
		}
	})
}

func TestADeadlineCoversAttemptsWaitsAndBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rt := chain(t, dripping(time.Minute, 100), middleware.Deadline(90*time.Second), middleware.Retry{})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); n != 1 || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 90*time.Second {
			t.Errorf("got %d bytes and %v after %v, want one and a deadline after 90s", n, err, time.Since(start))
		}
	})
}

func TestLogSaysWhatHappenedAndNothingSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "took" {
				return slog.Attr{}
			}
			return a
		}}))
		s := answering(503, 200)
		rt := chain(t, s, middleware.Log{Logger: log}, middleware.Retry{}, auth(), middleware.AttemptLog{Logger: log, Level: slog.LevelDebug})
		req := newRequest(t, "PUT", "body-"+canary)
		req.URL.RawQuery = "key=" + canary
		resp, err := rt.RoundTrip(req)
		status(t, resp, err, 200)
		want := `level=WARN msg=attempt method=PUT url=https://api.example/x status=503
level=DEBUG msg=attempt method=PUT url=https://api.example/x status=200 attempts=2
level=INFO msg=call method=PUT url=https://api.example/x status=200 attempts=2
`
		if got := out.String(); got != want {
			t.Errorf("got\n%s, want\n%s", strings.ReplaceAll(got, canary, "[canary]"), want)
		}
	})
}

func TestHeadersFillInWhatTheCallerLeavesOut(t *testing.T) {
	var got http.Header
	s := roundTripper(func(req *http.Request) (*http.Response, error) {
		got = req.Header
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	rt := chain(t, s, middleware.UserAgent("report/1"), middleware.Headers{"x-one": {"1"}, "X-Two": {"2"}})
	req := newRequest(t, "GET", "")
	req.Header.Set("X-Two", "mine")
	resp, err := rt.RoundTrip(req)
	status(t, resp, err, 200)
	if got.Get("User-Agent") != "report/1" || got.Get("X-One") != "1" || got.Get("X-Two") != "mine" || len(req.Header) != 1 {
		t.Errorf("sent %v, and the caller's are now %v", got, req.Header)
	}
}

func TestHeadersAreThoseOfTheMomentTheyWereGiven(t *testing.T) {
	var got http.Header
	s := roundTripper(func(req *http.Request) (*http.Response, error) {
		got = req.Header
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	given := middleware.Headers{"X-One": {"1"}}
	rt := chain(t, s, given)
	given["X-One"][0] = "2"
	resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
	if status(t, resp, err, 200); got.Get("X-One") != "1" {
		t.Errorf("sent %q, want 1: what is changed later races with requests under way", got.Get("X-One"))
	}
}
