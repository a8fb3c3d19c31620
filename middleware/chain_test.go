package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
)

func auth() middleware.Auth {
	return middleware.Auth{Source: static("t-" + canary), Hosts: []string{"api.example"}}
}

// static is a source of one token.
type static fob.Secret

func (s static) Token(context.Context) (fob.Token, error) {
	return fob.Token{Access: fob.Secret(s)}, nil
}

func TestChainRefusesOrdersThatMakeNoSense(t *testing.T) {
	minute := middleware.Deadline(time.Minute)
	never := func(*http.Request) bool { return false }
	for _, tt := range []struct {
		outer, inner middleware.Middleware
		name         [2]string
	}{
		{auth(), middleware.Retry{}, [2]string{"Auth", "Retry"}},
		{auth(), middleware.Breaker{}, [2]string{"Auth", "Breaker"}},
		{auth(), middleware.Timeout{}, [2]string{"Auth", "Timeout"}},
		{middleware.Breaker{}, middleware.Retry{}, [2]string{"Breaker", "Retry"}},
		{middleware.Breaker{}, middleware.Timeout{}, [2]string{"Breaker", "Timeout"}},
		{middleware.Timeout{}, middleware.Retry{}, [2]string{"Timeout", "Retry"}},
		{middleware.Retry{}, middleware.Retry{}, [2]string{"Retry", "Retry"}},
		{middleware.Breaker{}, middleware.Breaker{}, [2]string{"Breaker", "Breaker"}},
		{middleware.Retry{}, minute, [2]string{"Retry", "Deadline"}},
		{middleware.Retry{}, middleware.Log{}, [2]string{"Retry", "Log"}},
		{minute, middleware.Log{}, [2]string{"Deadline", "Log"}},
		{middleware.AttemptLog{}, middleware.Retry{}, [2]string{"AttemptLog", "Retry"}},
		{middleware.AttemptLog{}, middleware.Breaker{}, [2]string{"AttemptLog", "Breaker"}},
		{middleware.AttemptLog{}, auth(), [2]string{"AttemptLog", "Auth"}},
		{middleware.If(never, auth()), middleware.If(never, middleware.Retry{}), [2]string{"Auth", "Retry"}},
	} {
		_, err := middleware.Chain(nil, middleware.UserAgent("x"), tt.outer, middleware.Headers{}, tt.inner)
		var order *middleware.OrderError
		if !errors.As(err, &order) || order.Outer != tt.name[0] || order.Inner != tt.name[1] || order.Reason == "" {
			t.Errorf("%v: got %v, want an *OrderError with a reason", tt.name, err)
		}
	}
}

func TestChainTakesTheWholeKitInItsOrder(t *testing.T) {
	s := answering(200)
	rt := chain(t, s, middleware.Log{}, middleware.Deadline(time.Minute), middleware.UserAgent("u"), middleware.Retry{}, middleware.Timeout{Headers: time.Second},
		middleware.Breaker{}, auth(), auth(), middleware.AttemptLog{}, middleware.Headers{"X": {"y"}})
	resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
	status(t, resp, err, 200)
}

func TestIfChoosesByTheRequest(t *testing.T) {
	var seen []string
	s := roundTripper(func(req *http.Request) (*http.Response, error) {
		seen = append(seen, req.Header.Get("Authorization"))
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	rt := chain(t, s, middleware.If(func(req *http.Request) bool { return req.Method == "POST" }, auth()))
	for _, method := range []string{"GET", "POST"} {
		resp, err := rt.RoundTrip(newRequest(t, method, ""))
		status(t, resp, err, 200)
	}
	if seen[0] != "" || seen[1] == "" {
		t.Error("the token went with another request than the condition says")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// What a caller wants of one call must not reach the token client, which may be built of the same kit.
func TestAMintIsNotTheCallItIsFor(t *testing.T) {
	tokens := answering(503, 200)
	client := chain(t, tokens, middleware.Retry{Wait: 1, MaxWait: 1})
	src := new(fob.Cache).Source(fob.Key{}, fob.GrantFunc(func(ctx context.Context, _ fob.Token) (fob.Token, error) {
		resp, err := client.RoundTrip(newRequest(t, "GET", "").WithContext(ctx))
		if err != nil {
			return fob.Token{}, err
		}
		resp.Body.Close()
		return fob.Token{Access: "t-" + canary}, nil
	}))
	rt := chain(t, answering(200), middleware.Auth{Source: src, Hosts: []string{"api.example"}})
	resp, err := rt.RoundTrip(newRequest(t, "GET", "").WithContext(middleware.NoRetry(t.Context())))
	status(t, resp, err, 200)
	tokens.wantCalls(t, 2)
}

// Nor does it know that the call is sent for the second time: its own first failure is no retry of a retry.
func TestAMintInALaterAttemptIsStillACallOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := answering(200, 503, 200)
		client := chain(t, tokens, middleware.Retry{})
		src := sourceFunc(func(ctx context.Context) (fob.Token, error) {
			resp, err := client.RoundTrip(newRequest(t, "GET", "").WithContext(ctx))
			if err != nil || resp.StatusCode != 200 {
				return fob.Token{}, errors.Join(err, errStub)
			}
			return fob.Token{Access: "t-" + canary}, resp.Body.Close()
		})
		rt := chain(t, answering(503, 200), middleware.Retry{}, middleware.Auth{Source: src, Hosts: []string{"api.example"}})
		resp, err := rt.RoundTrip(newRequest(t, "GET", ""))
		status(t, resp, err, 200)
		tokens.wantCalls(t, 3)
	})
}

type sourceFunc func(context.Context) (fob.Token, error)

func (f sourceFunc) Token(ctx context.Context) (fob.Token, error) { return f(ctx) }

func TestACallMayAskForScopes(t *testing.T) {
	var got string
	s := roundTripper(func(req *http.Request) (*http.Response, error) {
		got = req.Header.Get("Authorization")
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	a := auth()
	req := newRequest(t, "GET", "").WithContext(middleware.WithScopes(t.Context(), "write"))
	if _, err := chain(t, s, a).RoundTrip(req); !errors.As(err, new(*middleware.TokenError)) {
		t.Errorf("got %v, want a *TokenError: nobody knows a source for these scopes", err)
	}
	a.ForScopes = func(scopes []string) (fob.Source, error) { return static("for-" + scopes[0] + "-" + canary), nil }
	resp, err := chain(t, s, a).RoundTrip(req)
	if status(t, resp, err, 200); got != "Bearer for-write-"+canary {
		t.Error("the request does not have the token for its scopes")
	}
}

func TestThePackageCommentShowsTheExample(t *testing.T) {
	comment, err := os.ReadFile("middleware.go")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.Lines(string(comment)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			if shown++; !strings.Contains(string(example), code) {
				t.Errorf("the comment shows code that nobody runs: %s", code)
			}
		}
	}
	if shown < 10 {
		t.Errorf("%d lines of code shown, want ten", shown)
	}
}

func TestNumbersThatMakeNoSenseAreErrorsOfConstruction(t *testing.T) {
	for _, mw := range []middleware.Middleware{
		middleware.Retry{Max: -1}, middleware.Retry{Wait: -1}, middleware.Retry{Budget: middleware.Budget{Refill: -1}}, middleware.Breaker{Ratio: 7},
		middleware.Breaker{Open: -1}, middleware.Timeout{Idle: -1}, middleware.Deadline(0), middleware.Deadline(-1),
	} {
		if _, err := middleware.Chain(nil, mw); err == nil {
			t.Errorf("%+v was taken", mw)
		}
	}
}
