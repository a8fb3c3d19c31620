package fob_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
)

func TestNoReadWaitsInSteadyState(t *testing.T) {
	for _, life := range []time.Duration{5 * time.Second, 10 * time.Second, time.Minute, time.Hour, 24 * time.Hour, 0} {
		t.Run(life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{life: life, latency: 100 * time.Millisecond}
				cache := new(fob.Cache)
				src := cache.Source(key, s)
				mustToken(t, src)
				const lives = 5
				total := lives * life
				if life == 0 {
					total = 1000 * time.Hour
				}
				step := min(total/500, time.Minute) // who looks more seldom than the refresh window is long may have to wait
				for from := time.Now(); time.Since(from) < total; time.Sleep(step) {
					start := time.Now()
					mustToken(t, src)
					if waited := time.Since(start); waited > 0 {
						t.Fatalf("a read waited %v", waited)
					}
				}
				cache.Close(t.Context()) // a mint may be under way
				if n := s.count(); n > 2*lives || life == 0 && n != 1 {
					t.Errorf("%d mints in %d lives", n, lives)
				}
			})
		})
	}
}

func TestALeaderWhoLeavesFailsNoFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, latency: time.Second}
		src := new(fob.Cache).Source(key, s)
		ctx, leave := context.WithCancel(t.Context())
		var leader, followers sync.WaitGroup
		leader.Go(func() {
			if _, err := src.Token(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("the leader got %v, want %v", err, context.Canceled)
			}
		})
		synctest.Wait()
		for range 100 {
			followers.Go(func() { mustToken(t, src) })
		}
		synctest.Wait()
		leave()
		leader.Wait()
		followers.Wait()
		wantMints(t, s, 1)
	})
}

func TestAGrantThatPanicsWedgesNothing(t *testing.T) {
	dir := fob.Dir(t.TempDir())
	ill := true
	s := &server{life: time.Hour}
	src := (&fob.Cache{Store: dir}).Source(key, fob.GrantFunc(func(ctx context.Context, last fob.Token) (fob.Token, error) {
		if ill {
			panic(canary)
		}
		return s.Mint(ctx, last)
	}))
	if _, err := src.Token(t.Context()); err == nil {
		t.Error("a token from a grant that panicked")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	unlock, err := dir.Lock(ctx, key.Name())
	if err != nil {
		t.Fatalf("the lock is still held: %v", err)
	}
	unlock()
	ill = false
	mustToken(t, src)
}
