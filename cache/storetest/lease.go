package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

// Lapser is a fob.Leaser under test that can have a lease end though its holder lives: what becomes of that holder is checked only then.
type Lapser interface {
	// Lapse lets another have name's lease soon. Its holder is not told.
	Lapse(ctx context.Context, name string) error
}

// soon is how long a store may take to tell of a lost lease, or of a change.
const soon = 5 * time.Second

// leasers are both views as Leasers.
func (s *suite) leasers() (a, b fob.Leaser) { return s.a.(fob.Leaser), s.b.(fob.Leaser) }

func lease(t *testing.T, l fob.Leaser, name string) fob.Lease {
	t.Helper()
	got, err := l.Lease(t.Context(), name)
	if err != nil {
		t.Fatalf("Lease: %v", err)
	}
	return got
}

func wantLost(t *testing.T, l fob.Lease) {
	t.Helper()
	if err := l.Put(t.Context(), []byte("stale")); !errors.Is(err, fob.ErrLeaseLost) {
		t.Errorf("Put under a lease that was lost: got %v, want fob.ErrLeaseLost", err)
	}
}

func (s *suite) oneLease(t *testing.T) {
	a, b := s.leasers()
	var holders atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		l := a
		if i%2 == 1 {
			l = b
		}
		wg.Go(func() {
			for range 3 {
				held, err := l.Lease(t.Context(), "one-lease")
				if err != nil {
					t.Errorf("Lease: %v", err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d holders at once", n)
				}
				holders.Add(-1)
				held.Release()
			}
		})
	}
	wg.Wait()
}

func (s *suite) leasePatience(t *testing.T) {
	a, b := s.leasers()
	held := lease(t, a, "lease-patience")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := b.Lease(ctx, "lease-patience"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lease of what is leased: got %v, want a deadline", err)
	}
	defer lease(t, b, "lease-patience-other").Release()
	held.Release()
	next := lease(t, b, "lease-patience")
	defer next.Release()
	held.Release() // a second time is no harm, to the next holder neither
	if err := next.Put(t.Context(), []byte("next")); err != nil {
		t.Errorf("Put: %v", err)
	}
}

func (s *suite) leasedWrites(t *testing.T) {
	a, _ := s.leasers()
	held := lease(t, a, "leased-writes")
	defer held.Release()
	for _, data := range []string{"one", "another"} {
		if err := held.Put(t.Context(), []byte(data)); err != nil {
			t.Fatalf("Put: %v", err)
		}
		want(t, s.a, "leased-writes", []byte(data))
		want(t, s.b, "leased-writes", []byte(data))
	}
	select {
	case <-held.Lost():
		t.Error("a lease that is held was lost")
	default:
	}
}

func (s *suite) overtaken(t *testing.T) {
	a, _ := s.leasers()
	held := lease(t, a, "overtaken")
	defer held.Release()
	put(t, s.b, "overtaken", []byte("newer"))
	wantLost(t, held)
	want(t, s.b, "overtaken", []byte("newer"))
}

func (s *suite) stale(t *testing.T) {
	a, b := s.leasers()
	held := lease(t, a, "stale")
	if err := s.a.(Lapser).Lapse(t.Context(), "stale"); err != nil {
		t.Fatal(err)
	}
	next := lease(t, b, "stale")
	wantLost(t, held)
	if err := next.Put(t.Context(), []byte("next")); err != nil {
		t.Fatalf("Put: %v", err)
	}
	wantLost(t, held)
	select {
	case <-held.Lost():
	case <-time.After(soon):
		t.Error("the holder was not told that its lease is lost")
	}
	held.Release() // it is another's by now
	if err := next.Put(t.Context(), []byte("last")); err != nil {
		t.Errorf("Put: %v", err)
	}
	next.Release()
	wantLost(t, held)
	want(t, s.a, "stale", []byte("last"))
}
