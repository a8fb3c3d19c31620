package middleware_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/middleware/rttest"
)

// kit is all of it, in its order. Each call makes one of its own, so that nothing is carried from test to test.
func kit() []middleware.Middleware {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	mint := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
		return fob.Token{Access: fob.Secret(rand.Text() + canary), Expiry: time.Now().Add(time.Hour)}, nil
	})
	return []middleware.Middleware{
		middleware.Log{Logger: quiet},
		middleware.Deadline(time.Hour),
		middleware.UserAgent("rttest"),
		middleware.Retry{},
		middleware.Timeout{Headers: 20 * time.Second, Idle: 20 * time.Second},
		middleware.Breaker{},
		middleware.Auth{Source: new(fob.Cache).Source(fob.Key{}, mint), Hosts: []string{rttest.Origin}, Header: http.Header{"X-Api-Key": {"k-" + canary}}},
		middleware.AttemptLog{Logger: quiet},
	}
}

// composition is those of kit whose bits are set.
type composition uint

const wholeKit composition = 1<<8 - 1

func (c composition) pick() (mw []middleware.Middleware) {
	for i, m := range kit() {
		if c&(1<<i) != 0 {
			mw = append(mw, m)
		}
	}
	return mw
}

func (c composition) String() string {
	var names []string
	for _, m := range c.pick() {
		names = append(names, reflect.TypeOf(m).Name())
	}
	return strings.Join(names, "+")
}

// compositions are each alone, each pair, and the whole.
func compositions() (all []composition) {
	for i := range 8 {
		for j := range i {
			all = append(all, 1<<i|1<<j)
		}
		all = append(all, 1<<i)
	}
	return append(all, wholeKit)
}

func TestEveryCompositionKeepsTheContract(t *testing.T) {
	for _, c := range compositions() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			rttest.Run(t, func(base http.RoundTripper) http.RoundTripper { return chain(t, base, c.pick()...) })
		})
	}
}

func TestOthersKeepTheContract(t *testing.T) {
	for name, m := range map[string]middleware.Middleware{
		"Headers":        middleware.Headers{"X-One": {"1"}},
		"If taken":       middleware.If(func(*http.Request) bool { return true }, kit()[6]),
		"If not taken":   middleware.If(func(*http.Request) bool { return false }, kit()[6]),
		"Auth elsewhere": middleware.Auth{Source: static("t-" + canary), Hosts: []string{"elsewhere.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rttest.Run(t, func(base http.RoundTripper) http.RoundTripper { return chain(t, base, m) })
		})
	}
}

func TestWhatRefusesKeepsTheContract(t *testing.T) {
	t.Run("an open circuit", func(t *testing.T) {
		rttest.RunRefusing(t, func(base http.RoundTripper) http.RoundTripper {
			down := &switched{now: answering(503)}
			rt := chain(t, down, middleware.Retry{}, middleware.Breaker{})
			for range 10 {
				req, _ := http.NewRequest("POST", rttest.Origin, nil)
				status(t, must(rt.RoundTrip(req)), nil, 503)
			}
			down.now = base
			return rt
		})
	})
	t.Run("no token to be had", func(t *testing.T) {
		rttest.RunRefusing(t, func(base http.RoundTripper) http.RoundTripper {
			refused := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) { return fob.Token{}, fob.ErrLoginRequired })
			auth := middleware.Auth{Source: new(fob.Cache).Source(fob.Key{}, refused), Hosts: []string{rttest.Origin}}
			return chain(t, base, middleware.Retry{}, middleware.Breaker{}, auth)
		})
	})
}

// switched is a base that can be exchanged for another.
type switched struct{ now http.RoundTripper }

func (s *switched) RoundTrip(req *http.Request) (*http.Response, error) { return s.now.RoundTrip(req) }
func (s *switched) CloseIdleConnections() {
	if c, ok := s.now.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func must(resp *http.Response, err error) *http.Response {
	if err != nil {
		panic(err)
	}
	return resp
}
