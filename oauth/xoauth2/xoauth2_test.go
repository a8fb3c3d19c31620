package xoauth2_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth/xoauth2"
)

const canary = "fob-canary-7f3a9c"

// sourceFunc is a fob.Source from a function, theirs an oauth2.TokenSource.
type sourceFunc func(ctx context.Context) (fob.Token, error)

func (f sourceFunc) Token(ctx context.Context) (fob.Token, error) { return f(ctx) }

type theirs func() (*oauth2.Token, error)

func (f theirs) Token() (*oauth2.Token, error) { return f() }

func TestTheirTokenSaysWhatOursSays(t *testing.T) {
	expiry := time.Now().Add(time.Hour)
	src := sourceFunc(func(context.Context) (fob.Token, error) {
		return fob.Token{
			Access: "a-" + canary, Type: "Bearer", Refresh: "r-" + canary, ID: "i-" + canary, Expiry: expiry,
			Extra: map[string]fob.Secret{"tenant": `"t1"`, "level": `3`},
		}, nil
	})
	tok, err := xoauth2.TokenSource(t.Context(), src).Token()
	if err != nil {
		t.Fatal(err)
	}
	if tok.AccessToken != "a-"+canary || tok.Type() != "Bearer" || !tok.Expiry.Equal(expiry) || !tok.Valid() {
		t.Error("access token, type or expiry got lost")
	}
	if tok.RefreshToken != "" {
		t.Error("the refresh token was handed out")
	}
	if tok.Extra("id_token") != "i-"+canary || tok.Extra("tenant") != "t1" || tok.Extra("level") != 3.0 {
		t.Error("the ID token or the server's other words got lost")
	}
}

func TestOurTokenSaysWhatTheirsSays(t *testing.T) {
	expiry := time.Now().Add(time.Hour)
	ts := oauth2.StaticTokenSource((&oauth2.Token{AccessToken: "a-" + canary, TokenType: "bearer", RefreshToken: "r-" + canary, Expiry: expiry}).
		WithExtra(map[string]any{"id_token": "i-" + canary}))
	src := xoauth2.Source(ts)
	tok, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tok.Access != "a-"+canary || tok.Type != "Bearer" || tok.ID != "i-"+canary || tok.Refresh != "" || !tok.Expiry.Equal(expiry) {
		t.Error("the token is another")
	}
	if _, ok := src.(middleware.Invalidator); ok {
		t.Error("the source says that it can replace a refused token")
	}
}

func TestTheirClientIsHandedATokenThatIsAboutToExpireWithoutAMintACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mints atomic.Int32
		src := new(fob.Cache).Source(fob.Key{}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
			mints.Add(1)
			return fob.Token{Access: "a-" + canary, Expiry: time.Now().Add(5 * time.Second)}, nil // less than x/oauth2's ten seconds
		}))
		ts := oauth2.ReuseTokenSource(nil, xoauth2.TokenSource(t.Context(), src))
		for range 100 {
			if tok, err := ts.Token(); err != nil || tok.AccessToken == "" {
				t.Fatal(err)
			}
		}
		if n := mints.Load(); n != 1 {
			t.Errorf("100 calls cost %d mints, want 1", n)
		}
	})
}

func TestACallerOfASlowTokenSourceLeavesWithItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		src := xoauth2.Source(theirs(func() (*oauth2.Token, error) {
			calls.Add(1)
			time.Sleep(time.Minute)
			return &oauth2.Token{AccessToken: "a-" + canary}, nil
		}))
		var patient sync.WaitGroup
		for range 10 {
			patient.Go(func() {
				if _, err := src.Token(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := src.Token(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 50*time.Millisecond {
			t.Errorf("back after %v with %v, want the deadline after 50ms", time.Since(start), err)
		}
		if patient.Wait(); calls.Load() != 1 {
			t.Errorf("%d calls at once, want one for all", calls.Load())
		}
	})
}

func TestAnErrorQuotesNeitherBodyNorDescription(t *testing.T) {
	refused := &oauth2.RetrieveError{
		Response: &http.Response{StatusCode: 400, Status: "400 " + canary}, Body: []byte(canary), ErrorCode: "invalid_grant", ErrorDescription: canary,
	}
	for _, tt := range []struct {
		err     error
		want    string
		outcome fob.Outcome
	}{
		{fmt.Errorf("oauth2: %w", refused), "token source: refused: invalid_grant", fob.Terminal},
		{&oauth2.RetrieveError{Response: &http.Response{StatusCode: 503}, Body: []byte(canary)}, "token source: refused: status 503", fob.Transient},
		{&oauth2.RetrieveError{ErrorCode: canary}, "token source: no token", fob.Transient},
		{errors.New(canary), "token source: no token", fob.Transient},
	} {
		_, err := xoauth2.Source(theirs(func() (*oauth2.Token, error) { return nil, tt.err })).Token(t.Context())
		if err == nil || err.Error() != tt.want || !errors.Is(err, tt.err) || fob.OutcomeOf(err) != tt.outcome {
			t.Errorf("got %s, want %s", strings.ReplaceAll(fmt.Sprint(err), canary, "[canary]"), tt.want)
		}
	}
	if _, err := xoauth2.Source(theirs(func() (*oauth2.Token, error) { return nil, nil })).Token(t.Context()); err == nil {
		t.Error("a source without token and error gave a token")
	}
}
