package redis_test

import (
	"context"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

// BenchmarkSteadyRead is a fresh token from a cache: the store is not asked, whichever it is.
func BenchmarkSteadyRead(b *testing.B) {
	server := redistest.Start(b, redistest.Options{})
	for name, store := range map[string]fob.Store{
		"Memory": new(fob.Memory),
		"Redis":  open(b, redis.Options{URL: server.URL()}),
	} {
		b.Run(name, func(b *testing.B) {
			src := (&fob.Cache{Store: store}).Source(fob.Key{Client: "c"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
				return fob.Token{Access: "a", Expiry: time.Now().Add(time.Hour)}, nil
			}))
			for b.Loop() {
				if _, err := src.Token(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStore is what a cache pays for where it has no fresh token.
func BenchmarkStore(b *testing.B) {
	server := redistest.Start(b, redistest.Options{})
	s := open(b, redis.Options{URL: "unix://" + server.Socket()})
	data := make([]byte, 2<<10)
	b.Run("Put", func(b *testing.B) {
		for b.Loop() {
			if err := s.Put(b.Context(), "x", data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Get", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Get(b.Context(), "x"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Lease", func(b *testing.B) {
		for b.Loop() {
			lease, err := s.Lease(b.Context(), "y")
			if err != nil {
				b.Fatal(err)
			}
			lease.Release()
		}
	})
}
