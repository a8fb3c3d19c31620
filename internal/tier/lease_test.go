package tier_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/tier"
)

func TestALeaseHasOneHolderAndLastsUntilItsRelease(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		first := a.lease(t)
		start := time.Now()
		time.AfterFunc(20*time.Second, first.Release)
		b.lease(t).Release()
		if took := time.Since(start); took < 20*time.Second || took > 20*time.Second+260*time.Millisecond {
			t.Errorf("the second waited %v, want a quarter of a second more than 20 s at most", took)
		}
		if isLost(first) {
			t.Error("a lease was lost in peace")
		}
	})
}

func TestAHolderThatDiesFreesTheLease(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		defer a.lease(t).Release()
		time.Sleep(10 * time.Second)
		a.link.Cut()
		within(t, 1520*time.Millisecond, "the dead one's lease", func() { b.lease(t).Release() })
	})
}

func TestAStaleLeaseWritesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		a, b := w.join(t, near), w.join(t, nil)
		stale := a.lease(t)
		a.link.Cut()
		time.Sleep(time.Second) // it is away; its lease ends while nobody tells it so
		second := b.lease(t)
		if isLost(stale) {
			t.Error("a lease was lost while the machine's own lock was all there was")
		}
		if err := second.Put(t.Context(), secret("b's")); err != nil {
			t.Fatal(err)
		}
		a.link.Mend()
		within(t, 2*time.Second, "the word that the lease is lost", func() { <-stale.Lost() })
		if err := stale.Put(t.Context(), secret("a's")); !errors.Is(err, fob.ErrLeaseLost) {
			t.Errorf("Put: got %v, want fob.ErrLeaseLost", err)
		}
		stale.Release()
		second.Release()
		a.want(t, "b's")
	})
}

func TestAWriteSinceTheLeaseBeganOutdoesIt(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		a, b := w.join(t, near), w.join(t, nil)
		l := a.lease(t)
		defer l.Release()
		b.put(t, "b's")
		if err := l.Put(t.Context(), secret("a's")); !errors.Is(err, fob.ErrLeaseLost) {
			t.Errorf("Put: got %v, want fob.ErrLeaseLost", err)
		}
		if _, err := near.Get(t.Context(), name); !errors.Is(err, fob.ErrNotFound) {
			t.Error("what was refused was kept near")
		}
		a.want(t, "b's")
	})
}

func TestALeaseWritesMoreThanOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.join(t, nil)
		l := a.lease(t)
		defer l.Release()
		for _, text := range []string{"one", "two"} {
			if err := l.Put(t.Context(), secret(text)); err != nil {
				t.Errorf("Put: %v", err)
			}
			a.want(t, text)
			time.Sleep(3 * time.Second)
		}
	})
}

func TestALeaseOutlivesAFlushThatGivesItToNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.join(t, nil)
		l := a.lease(t)
		defer l.Release()
		time.Sleep(time.Second)
		w.server.Flush()
		time.Sleep(5 * time.Second)
		if isLost(l) {
			t.Error("lost, though nobody else has it")
		}
		if err := l.Put(t.Context(), secret("one")); err != nil {
			t.Errorf("Put: %v", err)
		}
		w.join(t, nil).want(t, "one")
	})
}

func TestAMintThroughAnOutageIsKept(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				m := w.join(t, nil)
				l := m.lease(t)
				outage.begin(w, m)
				time.Sleep(10 * time.Second)
				within(t, 500*time.Millisecond, "Put", func() {
					if err := l.Put(t.Context(), secret("one")); err != nil {
						t.Errorf("Put: %v", err)
					}
				})
				within(t, 500*time.Millisecond, "Release", l.Release)
				m.want(t, "one")
				outage.end(w, m)
				time.Sleep(9 * time.Second)
				m.want(t, "one")
				w.join(t, nil).want(t, "one")
			})
		})
	}
}

func TestALeaseIsHadInASecondWhileFarHangs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		w.server.Stop()
		within(t, time.Second, "a lease", func() { m.lease(t).Release() })
	})
}

func TestWithoutFarAProcessHasTwoLeasesANameInTenSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		w.server.Kill()
		start := time.Now()
		for range 6 {
			m.lease(t).Release()
		}
		if took := time.Since(start); took < 20*time.Second || took > 22*time.Second {
			t.Errorf("6 leases took %v, want 20 s and their pauses", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Lease(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a seventh: got %v, want a deadline", err)
		}
		within(t, 500*time.Millisecond, "a lease of another name", func() {
			l, err := m.Lease(t.Context(), "k1-b")
			if err != nil {
				t.Fatal(err)
			}
			l.Release()
		})
	})
}

func TestWhoWaitsWithoutFarGoesOnWhenItIsBack(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		w.server.Kill()
		m.lease(t).Release()
		m.lease(t).Release()
		w.server.Restart(true)
		within(t, 1500*time.Millisecond, "the third lease", func() { m.lease(t).Release() })
	})
}

func TestALeaseFromAnOutageYieldsToWhatIsNewAtFar(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		a.put(t, "old")
		a.link.Cut()
		l := a.lease(t)
		b.put(t, "new")
		a.link.Mend()
		time.Sleep(1500 * time.Millisecond)
		if err := l.Put(t.Context(), secret("from the outage")); !errors.Is(err, fob.ErrLeaseLost) {
			t.Errorf("Put: got %v, want fob.ErrLeaseLost", err)
		}
		l.Release()
		a.want(t, "new")
		b.want(t, "new")
	})
}

func TestALeaseFromAnOutageWritesToFarIfNobodyElseHas(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		a.put(t, "old")
		a.link.Cut()
		l := a.lease(t)
		a.link.Mend()
		time.Sleep(1500 * time.Millisecond)
		if err := l.Put(t.Context(), secret("from the outage")); err != nil {
			t.Errorf("Put: %v", err)
		}
		l.Release()
		b.want(t, "from the outage")
	})
}

func TestAnImpatientCallerLeavesNoLeaseBehind(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.way.Latency = 200 * time.Millisecond
		m := w.join(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		within(t, 150*time.Millisecond, "the call", func() {
			if _, err := m.Lease(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want a deadline", err)
			}
		})
		time.Sleep(250 * time.Millisecond) // the answer is here, and so is Release there
		if _, held, err := m.HeldBy(t.Context(), name); held || err != nil {
			t.Errorf("the lease is held: %v, %v", held, err)
		}
	})
}

// still is a Far whose process stands still in the middle of each renewal after the first, for longer than the lease lasts.
type still struct {
	tier.Far
	asked atomic.Int32
}

func (s *still) Acquire(ctx context.Context, name string, c tier.Claim, ttl time.Duration) (uint64, time.Duration, error) {
	number, left, err := s.Far.Acquire(ctx, name, c, ttl)
	if s.asked.Add(1) > 1 {
		time.Sleep(2 * time.Second)
	}
	return number, left, err
}

func TestALeaseIsLostToAProcessThatStoodStill(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		m.Far = &still{Far: m.Far}
		l := m.lease(t)
		within(t, 2500*time.Millisecond, "the word of it", func() { <-l.Lost() })
		l.Release()
	})
}

func TestOneProcessOfAMachineAsksForTheLease(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near, other := new(fob.Memory), w.join(t, nil)
		held := other.lease(t)
		members := make([]*member, 20)
		var wg sync.WaitGroup
		for i := range members {
			members[i] = w.join(t, near)
			wg.Go(func() { members[i].lease(t).Release() })
		}
		time.Sleep(300 * time.Millisecond)
		asking := 0
		for _, m := range members {
			if m.link.Counts()["Acquire"] > 0 {
				asking++
			}
		}
		if asking != 1 {
			t.Errorf("%d processes of one machine ask, want 1", asking)
		}
		held.Release()
		wg.Wait()
	})
}

func TestCutOffProcessesOfAMachineHaveItsLock(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		var holders atomic.Int32
		var wg sync.WaitGroup
		for range 10 {
			m := w.join(t, near)
			m.link.Cut()
			wg.Go(func() {
				l := m.lease(t)
				defer l.Release()
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d holders at once", n)
				}
				time.Sleep(time.Second)
				holders.Add(-1)
			})
		}
		wg.Wait()
	})
}

// lockless is a Near on a file system without locks.
type lockless struct{ fob.Memory }

func (*lockless) Lock(context.Context, string) (func(), error) { return nil, errors.ErrUnsupported }

func TestWithoutAMachinesLockTheLeaseCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, new(lockless))
		for range 2 {
			m.lease(t).Release()
		}
		m.wantWarnings(t, 1)
	})
}

func TestWhoHoldsALeaseIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		wantHolder := func(m *member, who string, want bool) {
			t.Helper()
			if h, held, err := m.HeldBy(t.Context(), name); err != nil || held != want || h.Who != who {
				t.Errorf("got %q, %v, %v, want %q, %v", h.Who, held, err, who, want)
			}
		}
		wantHolder(b, "", false)
		began := time.Now()
		l := a.lease(t)
		time.Sleep(10 * time.Second)
		wantHolder(b, "host 1", true)
		if h, _, _ := b.HeldBy(t.Context(), name); !h.Since.Equal(began) {
			t.Errorf("since %v, want %v", h.Since, began)
		}
		stranger := w.join(t, nil)
		stranger.Sealer = seal.NewKey()
		wantHolder(stranger, "", true)
		l.Release()
		l.Release()
		wantHolder(b, "", false)
		synctest.Wait()
	})
}
