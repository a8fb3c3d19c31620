package tier_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/tier"
)

func TestWhatOnePutsAnotherGets(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		a.want(t, "")
		a.put(t, "one")
		b.want(t, "one")
		b.put(t, "two")
		a.want(t, "two")
		if err := a.Delete(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		b.want(t, "")
		if c := w.server.At(name); c.Number == 0 {
			t.Error("a deleted record left no number")
		}
	})
}

func TestNoStoreHoldsMoreThanNames(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		m := w.join(t, near)
		m.put(t, "one")
		here, err := near.Get(t.Context(), name)
		if err != nil || bytes.Contains(here, []byte(canary)) || bytes.Contains(w.server.At(name).Data, []byte(canary)) {
			t.Error("a record lies there in the clear, or not at all")
		}
	})
}

func TestANearCopyIsWrittenOnlyWhenItIsAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := &counting{}
		a, b := w.join(t, near), w.join(t, nil)
		b.put(t, "one")
		for range 3 {
			a.want(t, "one")
		}
		if near.puts != 1 {
			t.Errorf("%d near writes for 3 reads, want 1", near.puts)
		}
	})
}

// counting counts its writes, and can refuse them.
type counting struct {
	fob.Memory
	puts int
	full bool
}

func (c *counting) Put(ctx context.Context, name string, data []byte) error {
	c.puts++
	if c.full {
		return errors.New("no space left on device")
	}
	return c.Memory.Put(ctx, name, data)
}

func TestWhatFarLostTheFirstReaderGivesBack(t *testing.T) {
	for fault, lose := range map[string]func(*world){
		"flush":                           func(w *world) { w.server.Flush() },
		"eviction":                        func(w *world) { w.server.Evict(name) },
		"restart without persistence":     func(w *world) { w.server.Kill(); w.server.Restart(false) },
		"failover to a replica that lags": func(w *world) { w.server.Rollback() },
	} {
		t.Run(fault, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				near := new(fob.Memory)
				a, other := w.join(t, near), w.join(t, nil)
				a.put(t, "one")
				w.server.Save()
				time.Sleep(time.Second)
				a.put(t, "two")
				before := w.server.At(name)
				lose(w)
				w.join(t, near).want(t, "two") // another process of that machine
				if after := w.server.At(name); after.Number != before.Number {
					t.Errorf("number %d, want %d as before", after.Number, before.Number)
				}
				other.want(t, "two")
				a.wantWarnings(t, 0)
			})
		})
	}
}

func TestAnOldCopyDoesNotOutdoWhatIsNewSinceAFlush(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		for range 3 {
			a.put(t, "old")
		}
		time.Sleep(time.Second)
		w.server.Flush()
		b.put(t, "new")
		a.want(t, "new")
		b.want(t, "new")
	})
}

func TestWhatWasDeletedStaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		a, b := w.join(t, near), w.join(t, nil)
		a.put(t, "one")
		a.link.Cut()
		a.want(t, "one")
		for range 3 {
			a.put(t, "written while away") // numbers of its own
		}
		if err := b.Delete(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		a.link.Mend()
		time.Sleep(2 * time.Second)
		a.want(t, "")
		b.want(t, "")
		if _, err := near.Get(t.Context(), name); !errors.Is(err, fob.ErrNotFound) {
			t.Errorf("near copy of a deleted record: %v, want fob.ErrNotFound", err)
		}
	})
}

func TestARecordUnderAnotherKeyIsLeftAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, near := w.join(t, nil), new(fob.Memory)
		a.put(t, "theirs")
		there := w.server.At(name)
		stranger := w.join(t, near)
		stranger.Sealer = seal.NewKey()
		for range 2 {
			stranger.want(t, "")
		}
		l := stranger.lease(t)
		if err := l.Put(t.Context(), secret("mine")); err != nil {
			t.Errorf("Put: %v", err)
		}
		l.Release()
		stranger.put(t, "mine too")
		stranger.want(t, "mine too")
		if err := stranger.Delete(t.Context(), name); !errors.Is(err, fob.ErrForeignKey) {
			t.Errorf("Delete: got %v, want fob.ErrForeignKey", err)
		}
		if after := w.server.At(name); after.Number != there.Number || !bytes.Equal(after.Data, there.Data) {
			t.Error("the others' record is another now")
		}
		a.want(t, "theirs")
		stranger.wantWarnings(t, 1)
		stranger.Sealer = w.key
		stranger.want(t, "theirs")
	})
}

// A key that one machine had by mistake, or all until a while ago, must not keep those who have another from sharing.
func TestARecordUnderAnotherKeyIsWrittenOverOnceNobodyRenewsIt(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.join(t, nil).put(t, "theirs")
		w.key = seal.NewKey()
		a, b := w.join(t, nil), w.join(t, nil)
		a.want(t, "")
		b.want(t, "")
		time.Sleep(10*time.Minute + time.Second)
		a.want(t, "")
		l := a.lease(t)
		if err := l.Put(t.Context(), secret("ours")); err != nil {
			t.Errorf("Put: %v", err)
		}
		l.Release()
		b.want(t, "ours")
	})
}

func TestADamagedRecordIsWrittenOver(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.join(t, nil)
		a.put(t, "one")
		w.server.Lie(name, tier.Copy{Number: w.server.At(name).Number + 1, Data: []byte("garbage")})
		for range 2 {
			a.want(t, "one")
		}
		a.wantWarnings(t, 1)
		a.put(t, "two")
		w.join(t, nil).want(t, "two")
	})
}

func TestADamagedNearCopyIsNone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		a := w.join(t, near)
		a.put(t, "one")
		near.Put(t.Context(), name, []byte("fob-copy=1\nnumber=99"))
		a.want(t, "one")
		a.wantWarnings(t, 1)
		w.server.Kill()
		a.want(t, "one") // it was written anew
	})
}

func TestANearStoreThatIsFullCostsAWarning(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.join(t, &counting{full: true})
		a.put(t, "one")
		a.want(t, "one")
		a.wantWarnings(t, 1)
		w.server.Flush()
		a.want(t, "one") // from memory
		w.join(t, nil).want(t, "one")
	})
}

func TestListHasNamesOfRecordsOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, new(fob.Memory))
		for _, name := range []string{"b", "a", "gone"} {
			m.Put(t.Context(), name, secret("x"))
		}
		m.Delete(t.Context(), "gone")
		wantList := func(when string) {
			t.Helper()
			if got, err := m.List(t.Context()); err != nil || !slices.Equal(got, []string{"a", "b"}) {
				t.Errorf("%s: got %q, %v, want a and b", when, got, err)
			}
		}
		wantList("with Far")
		w.server.Kill()
		wantList("while Far is away")
		wantList("with a note of that in Near")
	})
}

func TestWatchPassesOnWhatOthersDo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		var told []string
		b.Watch(func(name string) { told = append(told, name) })
		b.want(t, "")
		for range 3 {
			a.put(t, "x")
		}
		synctest.Wait()
		time.Sleep(w.way.Latency)
		synctest.Wait()
		if !slices.Equal(told, []string{name}) {
			t.Errorf("told of %q, want once of %q", told, name)
		}
	})
}

func TestWhoWroteIsToldOfTheNextWrite(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.join(t, nil), w.join(t, nil)
		var told []string
		a.Watch(func(name string) { told = append(told, name) })
		a.put(t, "a's, which was never read")
		b.put(t, "b's")
		time.Sleep(w.way.Latency)
		synctest.Wait()
		if !slices.Equal(told, []string{name}) {
			t.Errorf("told of %q, want once of %q", told, name)
		}
	})
}
