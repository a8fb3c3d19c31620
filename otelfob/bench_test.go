package otelfob_test

import (
	"context"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

// sources are a bare source and a wrapped one of the same fresh token.
func sources(tb testing.TB) map[string]fob.Source {
	tb.Helper()
	t := newStation(tb, acme)
	bare := (&fob.Cache{Trace: t.Trace(fob.Trace{})}).Source(fob.Key{Client: "c"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
		return fob.Token{Access: canary, Expiry: time.Now().Add(time.Hour)}, nil
	}))
	if _, err := bare.Token(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return map[string]fob.Source{"bare": bare, "wrapped": t.Source(bare)}
}

func BenchmarkFreshToken(b *testing.B) {
	for name, src := range sources(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src.Token(b.Context())
			}
		})
	}
}

func TestAFreshTokenAllocatesNothing(t *testing.T) {
	for name, src := range sources(t) {
		if n := testing.AllocsPerRun(100, func() { src.Token(t.Context()) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}
