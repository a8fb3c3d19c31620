package fartest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/tier"
	"github.com/fobkit/fob/internal/tier/fartest"
)

const name = "k1-a"

func TestARequestTakesAsLongAsItsWay(t *testing.T) {
	for what, c := range map[string]struct {
		way         fartest.Way
		least, most time.Duration
	}{
		"none":    {fartest.Way{}, 0, 0},
		"latency": {fartest.Way{Latency: 20 * time.Millisecond}, 20 * time.Millisecond, 20 * time.Millisecond},
		"jitter":  {fartest.Way{Latency: 20 * time.Millisecond, Jitter: 6 * time.Millisecond}, 20 * time.Millisecond, 26 * time.Millisecond},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, start := new(fartest.Server).Link(c.way), time.Now()
				if _, err := l.Get(t.Context(), name); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < c.least || took > c.most {
					t.Errorf("took %v, want %v to %v", took, c.least, c.most)
				}
			})
		})
	}
}

func TestLossDelaysAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, start := new(fartest.Server).Link(fartest.Way{Loss: 0.2}), time.Now()
		for range 1000 {
			if err := l.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if mean := time.Since(start) / 1000; mean < 80*time.Millisecond || mean > 120*time.Millisecond {
			t.Errorf("%v a request, want about 100 ms: a quarter of a loss, twice", mean)
		}
	})
}

func TestALeaseEndsByTheServersClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fartest.Server{Skew: -5 * time.Minute}
		a, b := s.Link(fartest.Way{}), s.Link(fartest.Way{})
		want := func(l *fartest.Link, id string, want time.Duration) {
			t.Helper()
			if _, left, err := l.Acquire(t.Context(), name, tier.Claim{ID: id}, time.Second); err != nil || left != want {
				t.Errorf("%s: another has it for %v, %v, want %v", id, left, err, want)
			}
		}
		want(a, "a", 0)
		want(b, "b", time.Second)
		time.Sleep(900 * time.Millisecond)
		want(a, "a", 0) // renewed
		time.Sleep(900 * time.Millisecond)
		want(b, "b", 100*time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		want(b, "b", 0)
		if _, err := a.Put(t.Context(), name, []byte("x"), tier.Claim{ID: "a"}); !errors.Is(err, fob.ErrLeaseLost) {
			t.Errorf("Put: got %v, want fob.ErrLeaseLost", err)
		}
	})
}

func TestAChangeIsToldOnceUntilItIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(fartest.Server)
		reader, writer := s.Link(fartest.Way{}), s.Link(fartest.Way{})
		var told atomic.Int32
		reader.Watch(func(string) { told.Add(1) })
		for range 2 {
			reader.Get(t.Context(), name)
			writer.Put(t.Context(), name, []byte("x"), tier.Claim{})
			writer.Put(t.Context(), name, []byte("y"), tier.Claim{})
			time.Sleep(time.Millisecond)
		}
		if n := told.Load(); n != 2 {
			t.Errorf("told %d times, want 2", n)
		}
		reader.Cut()
		reader.Mend()
		time.Sleep(time.Millisecond)
		if n := told.Load(); n != 3 {
			t.Errorf("told %d times of a connection begun anew, want 1", n-2)
		}
	})
}

func TestACutLinkAnswersWhenItIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(fartest.Server).Link(fartest.Way{})
		l.Cut()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline", err)
		}
		time.AfterFunc(time.Second, l.Mend)
		if err := l.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
