// Package storetest checks a fob.Store against its contract, and, as far as it is one, against those of fob.Locker, fob.Leaser, fob.Watcher
// and fob.Lister. A store's own test calls Run:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) fob.Store {
//			store, err := redis.Open(redis.Options{URL: server.URL})
//			if err != nil {
//				t.Fatal(err)
//			}
//			t.Cleanup(store.Close)
//			return store
//		})
//	}
package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

// Run checks stores that open returns. Every call of open must return a store of the same records, as a process of its own
// would open it; each subtest of Run has names of its own, so that the records need not be empty.
func Run(t *testing.T, open func(t *testing.T) fob.Store) {
	probe := open(t)
	for _, c := range checks {
		if c.of == nil || c.of(probe) {
			t.Run(c.name, func(t *testing.T) { c.check(&suite{a: open(t), b: open(t)}, t) })
		}
	}
}

var checks = []struct {
	name  string
	check func(*suite, *testing.T)
	of    func(fob.Store) bool // whether it is for that store; nil: for each
}{
	{"what was put comes back", (*suite).roundTrip, nil},
	{"what was never put is not found", (*suite).absent, nil},
	{"what was deleted is not found", (*suite).deleted, nil},
	{"a caller's bytes and the store's are apart", (*suite).apart, nil},
	{"values of every size and kind", (*suite).values, nil},
	{"names up to the longest", (*suite).names, nil},
	{"names that no store may take", (*suite).hostileNames, nil},
	{"a reader sees one Put or another", (*suite).atomic, nil},
	{"a lock has one holder", (*suite).exclusion, is[fob.Locker]},
	{"a lock is waited for within the context", (*suite).patience, is[fob.Locker]},
	{"locks of different names are apart", (*suite).otherLocks, is[fob.Locker]},
	{"records need no lock", (*suite).lockless, is[fob.Locker]},
	{"a lease has one holder", (*suite).oneLease, is[fob.Leaser]},
	{"a lease is waited for within the context", (*suite).leasePatience, is[fob.Leaser]},
	{"what is put under a lease is read by all", (*suite).leasedWrites, is[fob.Leaser]},
	{"a lease's write after another's is refused", (*suite).overtaken, is[fob.Leaser]},
	{"a stale holder's write is refused", (*suite).stale, is[Lapser]},
	{"a change is told, and the next one too", (*suite).news, is[fob.Watcher]},
	{"a write under a lease is told", (*suite).leasedNews, func(s fob.Store) bool { return is[fob.Watcher](s) && is[fob.Leaser](s) }},
	{"a list has each name once, sorted", (*suite).list, is[fob.Lister]},
}

func is[T any](s fob.Store) bool {
	_, ok := s.(T)
	return ok
}

// suite is two views of the same records.
type suite struct{ a, b fob.Store }

func put(t *testing.T, s fob.Store, name string, data []byte) {
	t.Helper()
	if err := s.Put(t.Context(), name, data); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

func want(t *testing.T, s fob.Store, name string, data []byte) {
	t.Helper()
	if got, err := s.Get(t.Context(), name); err != nil || !bytes.Equal(got, data) {
		t.Errorf("Get of %d bytes: got %d bytes that differ, or %v", len(data), len(got), err)
	}
}

func wantNotFound(t *testing.T, s fob.Store, name string) {
	t.Helper()
	if got, err := s.Get(t.Context(), name); !errors.Is(err, fob.ErrNotFound) {
		t.Errorf("Get: got %d bytes, %v, want fob.ErrNotFound", len(got), err)
	}
}

func (s *suite) roundTrip(t *testing.T) {
	for _, data := range []string{"one", "another, longer", ""} {
		put(t, s.a, "round-trip", []byte(data))
		want(t, s.a, "round-trip", []byte(data))
		want(t, s.b, "round-trip", []byte(data))
	}
}

func (s *suite) absent(t *testing.T) {
	wantNotFound(t, s.a, "absent")
	if err := s.a.Delete(t.Context(), "absent"); err != nil {
		t.Errorf("Delete of what is not there: %v", err)
	}
}

func (s *suite) deleted(t *testing.T) {
	put(t, s.a, "deleted", []byte("x"))
	if err := s.b.Delete(t.Context(), "deleted"); err != nil {
		t.Fatal(err)
	}
	wantNotFound(t, s.a, "deleted")
}

func (s *suite) apart(t *testing.T) {
	data := []byte("before")
	put(t, s.a, "apart", data)
	data[0] = 'X'
	got, err := s.a.Get(t.Context(), "apart")
	if err != nil {
		t.Fatal(err)
	}
	got[1] = 'X'
	want(t, s.a, "apart", []byte("before"))
}

func (s *suite) values(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, data := range [][]byte{all, []byte("\n"), []byte("\x00"), bytes.Repeat(all, 256), bytes.Repeat(all, 1024)} {
		put(t, s.a, "value", data)
		want(t, s.b, "value", data)
	}
}

func (s *suite) names(t *testing.T) {
	for _, name := range []string{"a", "a.b_c-d", "k1-" + strings.Repeat("0", 64), "z" + strings.Repeat("9", 127), "a.rec", "a.lock"} {
		put(t, s.a, name, []byte(name))
		want(t, s.b, name, []byte(name))
	}
	want(t, s.a, "a", []byte("a"))
}

func (s *suite) hostileNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x", "/x", "a/b", `a\b`, "A", "-a", "a b", "a\n", "a\x00", "é", "a*", strings.Repeat("a", 129)} {
		if err := s.a.Put(t.Context(), name, []byte("x")); err == nil {
			t.Errorf("%q was taken for a name", name)
		}
	}
}

func (s *suite) atomic(t *testing.T) {
	versions := [][]byte{bytes.Repeat([]byte("a"), 40_000), bytes.Repeat([]byte("b"), 90_000)}
	put(t, s.a, "atomic", versions[0])
	var done atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		defer done.Store(true)
		for i := range 100 {
			if err := s.a.Put(t.Context(), "atomic", versions[i%2]); err != nil {
				t.Errorf("Put: %v", err)
			}
		}
	})
	for !done.Load() {
		got, err := s.b.Get(t.Context(), "atomic")
		if err != nil || !bytes.Equal(got, versions[0]) && !bytes.Equal(got, versions[1]) {
			t.Errorf("a reader saw %d bytes that nobody put, or %v", len(got), err)
			break
		}
	}
	wg.Wait()
}

// lockers are both views as Lockers.
func (s *suite) lockers() (a, b fob.Locker) { return s.a.(fob.Locker), s.b.(fob.Locker) }

func lock(t *testing.T, l fob.Locker, name string) func() {
	t.Helper()
	unlock, err := l.Lock(t.Context(), name)
	if err != nil {
		t.Fatalf("Lock: %v", err)
	}
	return unlock
}

func (s *suite) exclusion(t *testing.T) {
	a, b := s.lockers()
	var holders atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		l := a
		if i%2 == 1 {
			l = b
		}
		wg.Go(func() {
			for range 5 {
				unlock, err := l.Lock(t.Context(), "exclusion")
				if err != nil {
					t.Errorf("Lock: %v", err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d holders at once", n)
				}
				holders.Add(-1)
				unlock()
			}
		})
	}
	wg.Wait()
}

func (s *suite) patience(t *testing.T) {
	a, b := s.lockers()
	unlock := lock(t, a, "patience")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, "patience"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock of a held lock: got %v, want a deadline", err)
	}
	unlock()
	unlock() // a second time is no harm
	lock(t, b, "patience")()
}

func (s *suite) otherLocks(t *testing.T) {
	a, b := s.lockers()
	defer lock(t, a, "one")()
	defer lock(t, b, "other")()
}

func (s *suite) lockless(t *testing.T) {
	a, _ := s.lockers()
	defer lock(t, a, "lockless")()
	put(t, s.b, "lockless", []byte("x"))
	want(t, s.b, "lockless", []byte("x"))
	if err := s.b.Delete(t.Context(), "lockless"); err != nil {
		t.Error(err)
	}
}

func (s *suite) list(t *testing.T) {
	mine := []string{"list-a", "list-b", "list.c"}
	for _, name := range []string{"list-b", "list.c", "list-a", "list-b"} {
		put(t, s.b, name, nil)
	}
	names, err := s.a.(fob.Lister).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
	for _, name := range mine {
		if n := count(names, name); n != 1 {
			t.Errorf("%s stands there %d times, want once", name, n)
		}
	}
}

func count(names []string, name string) (n int) {
	for _, have := range names {
		if have == name {
			n++
		}
	}
	return n
}
