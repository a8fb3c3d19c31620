package flight_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/internal/flight"
)

func TestOneFlightServesAllWhoAskMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flight.Flight[int]
		var runs atomic.Int32
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				got, err := f.Do(t.Context(), func(context.Context) (int, error) {
					time.Sleep(time.Second)
					return int(runs.Add(1)), nil
				})
				if got != 1 || err != nil {
					t.Errorf("got %d, %v, want 1", got, err)
				}
			})
		}
		wg.Wait()
		if n := runs.Load(); n != 1 {
			t.Errorf("1000 callers cost %d runs, want 1", n)
		}
	})
}

func TestAWaiterLeavesOnItsOwnDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flight.Flight[int]
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := f.Do(ctx, func(context.Context) (int, error) { time.Sleep(5 * time.Second); return 7, nil })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 50*time.Millisecond {
			t.Errorf("left after %v with %v, want 50ms and a deadline", time.Since(start), err)
		}
		got, err := f.Do(t.Context(), func(context.Context) (int, error) { return 0, errors.New("a second flight") })
		if got != 7 || err != nil {
			t.Errorf("the follower got %d, %v, want what the leader started", got, err)
		}
	})
}

func TestWaitMayBeCalledWhileFlightsComeAndGo(t *testing.T) {
	var f flight.Flight[int]
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				f.Do(t.Context(), func(context.Context) (int, error) { return 1, nil })
			}
		})
		wg.Go(func() {
			for range 2000 {
				f.Wait(t.Context())
			}
		})
	}
	wg.Wait()
}

func TestPanicAndGoexitWedgeNothing(t *testing.T) {
	var f flight.Flight[int]
	_, err := f.Do(t.Context(), func(context.Context) (int, error) { panic("fob-canary-7f3a9c") })
	if pe := new(flight.PanicError); !errors.As(err, &pe) {
		t.Errorf("got %v, want a PanicError", err)
	}
	_, err = f.Do(t.Context(), func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
	if !errors.Is(err, flight.ErrExited) {
		t.Errorf("got %v, want ErrExited", err)
	}
	got, err := f.Do(t.Context(), func(context.Context) (int, error) { return 3, nil })
	if got != 3 || err != nil {
		t.Errorf("afterwards got %d, %v, want 3", got, err)
	}
}
