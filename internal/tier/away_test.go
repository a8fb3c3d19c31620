package tier_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/tier"
)

// outages are the ways for a server to be gone.
var outages = map[string]struct{ begin, end func(*world, *member) }{
	"killed":   {func(w *world, _ *member) { w.server.Kill() }, func(w *world, _ *member) { w.server.Restart(true) }},
	"emptied":  {func(w *world, _ *member) { w.server.Kill() }, func(w *world, _ *member) { w.server.Restart(false) }},
	"hangs":    {func(w *world, _ *member) { w.server.Stop() }, func(w *world, _ *member) { w.server.Resume() }},
	"cut off":  {func(_ *world, m *member) { m.link.Cut() }, func(_ *world, m *member) { m.link.Mend() }},
	"no space": {func(w *world, _ *member) { w.server.Full(true) }, func(w *world, _ *member) { w.server.Full(false) }},
}

func TestAnOutageFailsNoReadAndIsToldOnce(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				m := w.join(t, nil)
				m.put(t, "one")
				outage.begin(w, m)
				within(t, 500*time.Millisecond, "the first call", func() { m.put(t, "two") })
				for range 100 {
					within(t, 0, "a call while Far is known to be away", func() { m.want(t, "two") })
					time.Sleep(100 * time.Millisecond)
				}
				m.wantWarnings(t, 1)
				outage.end(w, m)
				time.Sleep(9 * time.Second)
				m.want(t, "two")
				w.join(t, nil).want(t, "two") // Far was given it
				m.wantWarnings(t, 1)
			})
		})
	}
}

func TestFarIsFoundAgainWithinASecondAndItsAnswer(t *testing.T) {
	for name, outage := range outages {
		if name == "no space" {
			continue // is asked less often
		}
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				m := w.join(t, nil)
				outage.begin(w, m)
				m.want(t, "")
				time.Sleep(20 * time.Second)
				before := m.link.Counts()["Get"]
				outage.end(w, m)
				within(t, 1500*time.Millisecond, "Far's return", func() {
					for m.link.Counts()["Get"] == before {
						m.want(t, "")
						time.Sleep(time.Millisecond)
					}
				})
			})
		})
	}
}

func TestOneProbeAtATimeAndNoneAfterClose(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		w.server.Kill()
		m.want(t, "")
		time.Sleep(30 * time.Second)
		if n := m.link.Counts()["Ping"]; n < 30 || n > 60 {
			t.Errorf("%d probes in 30 s, want 30 to 60", n)
		}
		m.Close()
		before := m.link.Counts()["Ping"]
		time.Sleep(10 * time.Second)
		if after := m.link.Counts()["Ping"]; after != before {
			t.Errorf("%d probes after Close", after-before)
		}
	})
}

func TestAServerThatRefusesIsAskedLessOften(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		w.server.Full(true)
		m.put(t, "one")
		time.Sleep(time.Minute)
		if n := m.link.Counts()["Ping"]; n > 16 {
			t.Errorf("%d probes in a minute, want at most 16", n)
		}
		if err := m.warnings[0]; !strings.Contains(err.Error(), "maxmemory") {
			t.Errorf("got %v, want the setting by name", err)
		}
	})
}

func TestACallersPatienceIsNotAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.way.Latency = 100 * time.Millisecond
		m := w.join(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := m.Get(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline", err)
		}
		m.wantWarnings(t, 0)
		m.want(t, "")
	})
}

func TestALogoutWhileFarIsAwaySaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		m.put(t, "one")
		w.server.Kill()
		var away *tier.AwayError
		if err := m.Delete(t.Context(), name); !errors.As(err, &away) {
			t.Errorf("got %v, want an *AwayError", err)
		}
		m.want(t, "")
		w.server.Restart(true)
		time.Sleep(time.Second + 2*w.way.Latency) // a probe, and its answer
		m.want(t, "one")                          // as the error said
	})
}

func TestOfShortProcessesOneASecondFindsOutThatFarHangs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		w.join(t, near).put(t, "one")
		w.server.Stop()
		slow, start := 0, time.Now()
		for range 100 {
			began := time.Now()
			m := w.join(t, near)
			m.want(t, "one")
			m.Close()
			if time.Since(began) > 0 {
				slow++
				m.wantWarnings(t, 1)
			} else {
				m.wantWarnings(t, 0)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if most := int(time.Since(start)/time.Second) + 1; slow > most {
			t.Errorf("%d of 100 processes waited in %v, want at most %d", slow, time.Since(start), most)
		}
	})
}

func TestANoteOfAnOutageDoesNotOutliveIt(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		w.server.Kill()
		w.join(t, near).want(t, "")
		w.server.Restart(true)
		time.Sleep(time.Second + time.Millisecond) // the first process has found it
		w.join(t, nil).put(t, "one")
		w.join(t, near).want(t, "one")
	})
}

func TestANoteFromAClockAheadIsNotBelieved(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		near := new(fob.Memory)
		near.Put(t.Context(), "tier.away", tier.Note(time.Now().Add(5*time.Minute)))
		w.join(t, nil).put(t, "one")
		w.join(t, near).want(t, "one")
	})
}

func TestWatchersAreToldOfFarsReturn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.server.Stop() // no connection is lost: there is no word of Far's own
		m := w.join(t, nil)
		told := make(chan string, 1)
		m.Watch(func(name string) { told <- name })
		m.want(t, "")
		w.server.Resume()
		within(t, time.Second+500*time.Millisecond, "the word", func() {
			if name := <-told; name != "" {
				t.Errorf("told of %q, want of all", name)
			}
		})
		synctest.Wait()
	})
}

// calm is after how long an outage is another one.
const calm = 10 * time.Second

// writeOnly is a Far whose probes succeed, though it serves nobody who reads.
type writeOnly struct{ tier.Far }

type denied struct{}

func (denied) Error() string { return "denies the user a command" }
func (denied) Refusal() bool { return true }

func (writeOnly) Get(context.Context, string) (tier.Copy, error) { return tier.Copy{}, denied{} }

func TestAFarThatComesAndGoesIsToldOfOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		m.Far = writeOnly{m.link}
		for range 1000 {
			m.want(t, "")
			time.Sleep(100 * time.Millisecond)
		}
		m.wantWarnings(t, 1)
		if n := m.link.Counts()["Ping"]; n > 30 {
			t.Errorf("%d probes in 100 s, want no more than of one that refuses", n)
		}
	})
}

func TestAfterCloseNobodyIsToldAnything(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		m.Watch(func(name string) { t.Errorf("told of %q", name) })
		w.server.Stop()
		m.want(t, "")
		time.Sleep(1100 * time.Millisecond) // a probe is under way
		go w.server.Resume()
		m.Close()
		time.Sleep(calm)
		m.link.Cut()
		m.want(t, "")
		m.wantWarnings(t, 1)
	})
}

// crowded is a Far with many keys of others.
type crowded struct{ tier.Far }

func (c crowded) List(ctx context.Context) ([]string, error) {
	time.Sleep(3 * time.Second)
	return c.Far.List(ctx)
}

func TestAListThatTakesLongIsNoOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		m := w.join(t, nil)
		m.Far = crowded{m.link}
		m.put(t, "one")
		if names, err := m.List(t.Context()); err != nil || len(names) != 1 {
			t.Errorf("got %q, %v, want one", names, err)
		}
		w.join(t, nil).put(t, "two")
		m.want(t, "two")
		m.wantWarnings(t, 0)
	})
}
