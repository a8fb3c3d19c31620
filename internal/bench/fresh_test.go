package bench

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"golang.org/x/oauth2"
)

// readers is how many goroutines read one token.
const readers = 1000

var token = fob.Token{Access: "fob-canary-7f3a9c-access", Type: "Bearer", Issued: time.Now(), Expiry: time.Now().Add(24 * time.Hour)}

// BenchmarkFresh reads a token that is fresh, with the check that it is. The cell is the least that can be: an atomic load,
// a look at the clock, a comparison, and the Token by value.
func BenchmarkFresh(b *testing.B) {
	b.Run("cell", func(b *testing.B) { read(b, newCell()) })
	b.Run("fob", func(b *testing.B) { read(b, cached(b)) })
	b.Run("oauth2", func(b *testing.B) { read(b, newReuse()) })
}

// read calls all sources through the same interface.
func read(b *testing.B, src fob.Source) {
	b.ReportAllocs()
	b.SetParallelism(readers / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		ctx := b.Context()
		for pb.Next() {
			if tok, err := src.Token(ctx); err != nil || tok.Access == "" {
				b.Error("no token:", err)
			}
		}
	})
}

func TestAFreshTokenIsReadWithoutAllocation(t *testing.T) {
	src := cached(t)
	if n := testing.AllocsPerRun(100, func() { src.Token(t.Context()) }); n != 0 {
		t.Errorf("a fresh token costs %v allocations, want 0", n)
	}
}

func cached(t testing.TB) fob.Source {
	mint := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) { return token, nil })
	src := new(fob.Cache).Source(fob.Key{Client: "bench"}, mint)
	if _, err := src.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	return src
}

type cell struct{ atomic.Pointer[fob.Token] }

var errExpired = errors.New("expired")

func newCell() *cell {
	c := new(cell)
	c.Store(&token)
	return c
}

func (c *cell) Token(context.Context) (fob.Token, error) {
	tok := c.Load()
	if !time.Now().Before(tok.Expiry) {
		return fob.Token{}, errExpired
	}
	return *tok, nil
}

// reuse is x/oauth2's cache of one token.
type reuse struct{ oauth2.TokenSource }

func newReuse() reuse {
	return reuse{oauth2.ReuseTokenSource(&oauth2.Token{AccessToken: string(token.Access), Expiry: token.Expiry}, nil)}
}

func (r reuse) Token(context.Context) (fob.Token, error) {
	tok, err := r.TokenSource.Token()
	if err != nil {
		return fob.Token{}, err
	}
	return fob.Token{Access: fob.Secret(tok.AccessToken), Expiry: tok.Expiry}, nil
}
