package fob_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
)

func TestATraceHearsWhyEachTokenIsMinted(t *testing.T) {
	for name, store := range map[string]fob.Store{"memory only": nil, "with a store": fob.Dir(t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			var got []fob.Why
			src := (&fob.Cache{Store: store, Trace: fob.Trace{MintStart: func(_ string, why fob.Why) { got = append(got, why) }}}).
				Source(fob.Key{Client: "c"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
					return fob.Token{Access: "fob-canary-7f3a9c", Expiry: time.Now().Add(time.Hour)}, nil
				}))
			tok, err := src.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := src.Invalidate(t.Context(), tok); err != nil {
				t.Fatal(err)
			}
			if _, err := src.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			if want := []fob.Why{fob.WhyNone, fob.WhyRefused}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestAGrantIsAskedUnderTheContextOfTheTrace(t *testing.T) {
	type key struct{}
	var ended []string
	trace := fob.Trace{
		Wait: func(ctx context.Context, _ string) func(error) {
			return func(error) { ended = append(ended, "wait of "+ctx.Value(key{}).(string)) }
		},
		Mint: func(ctx context.Context, _ string, _ fob.Why) (context.Context, func(fob.Token, error)) {
			ctx = context.WithValue(ctx, key{}, "mint of "+ctx.Value(key{}).(string))
			return ctx, func(tok fob.Token, _ error) { ended = append(ended, tok.Type) }
		},
	}
	src := (&fob.Cache{Trace: trace}).Source(fob.Key{Client: "c"}, fob.GrantFunc(func(ctx context.Context, _ fob.Token) (fob.Token, error) {
		return fob.Token{Access: "fob-canary-7f3a9c", Type: ctx.Value(key{}).(string)}, nil
	}))
	if _, err := src.Token(context.WithValue(t.Context(), key{}, "a caller")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"wait of a caller", "mint of a caller"}; !slices.Equal(ended, want) {
		t.Errorf("got %q, want %q", ended, want)
	}
}

func TestHeldIsWhatTokenWouldReturnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := new(fob.Cache).Source(fob.Key{Client: "c"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
			return fob.Token{Access: "fob-canary-7f3a9c", Expiry: time.Now().Add(time.Hour)}, nil
		}))
		want := func(when string, there, fresh bool) {
			t.Helper()
			tok, isFresh := src.Held()
			if (tok.Access != "") != there || isFresh != fresh {
				t.Errorf("%s: there %v, fresh %v; want %v, %v", when, tok.Access != "", isFresh, there, fresh)
			}
		}
		want("before it is asked for", false, false)
		if _, err := src.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		want("at once", true, true)
		time.Sleep(time.Hour - time.Second)
		want("just before it expires", true, false)
		time.Sleep(time.Second)
		want("when it has", false, false)
	})
}
