package fob_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

// failedAhead is a record of a mint that failed a moment ago, by a clock that is so far ahead.
func failedAhead(t *testing.T, s fob.Store, ahead time.Duration) {
	t.Helper()
	at := time.Now().Add(ahead)
	data, err := record.Record{Generation: 1, Failure: "transient", Reason: "x", Failures: 1, FailedAt: at, RetryAt: at.Add(2 * time.Second)}.Encode()
	if err == nil {
		err = s.Put(t.Context(), key.Name(), data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFailureToldByAClockAheadKeepsNobodyFromMinting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		failedAhead(t, p.store, 5*time.Minute)
		if _, err := p.source(&server{}).Token(t.Context()); err != nil {
			t.Errorf("got %v, want a token", err)
		}
		failedAhead(t, p.store, 0)
		if _, err := p.source(&server{}).Token(t.Context()); !errors.As(err, new(*fob.RememberedError)) {
			t.Errorf("got %v, want what failed by our own clock", err)
		}
	})
}

func TestWhoseMintFailedWaitsWhateverOtherClocksSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newProcesses(), &server{err: refused{"status 503", fob.Transient, 0}}
		src := p.source(s)
		for range 10 {
			for _, ahead := range []time.Duration{5 * time.Minute, -5 * time.Minute} {
				src.Token(t.Context())
				failedAhead(t, p.store, ahead)
			}
		}
		if n := s.count(); n != 1 {
			t.Errorf("%d mints at one time, want 1", n)
		}
		time.Sleep(2 * time.Second)
		if src.Token(t.Context()); s.count() != 2 {
			t.Errorf("%d mints after the pause, want 2", s.count())
		}
	})
}
