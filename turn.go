package fob

import (
	"context"
	"errors"
	"time"
)

var (
	// errClosed ends a flight's wait for the lock when the cache is closed.
	errClosed = errors.New("cache was closed")

	// errNews interrupts a wait when the store tells of a change: what is waited for may lie there.
	errNews = errors.New("the store has changed")
)

// turn waits until it is this flight's turn to mint, no longer than patience, nor than until Close; or until there is no need, since another
// has minted, or failed. unlock is nil but in the first case.
func (e *entry) turn(ctx context.Context, patience time.Time, g Grant, w want) (unlock func(), h *held, err error) {
	wait, cancel := context.WithDeadline(ctx, patience)
	defer cancel()
	wait, stop := context.WithCancelCause(wait)
	defer stop(nil)
	e.setWaiting(stop)
	defer e.setWaiting(nil)
	end := func() {}
	defer func() { end() }()
	for first := true; ; first = false {
		end()
		var attempt context.Context
		attempt, end = e.untilNews(wait) // from before the look, so that no change is missed between it and the wait
		if h, err = e.settled(ctx, g, w); h != nil || err != nil {
			return nil, h, err
		}
		if first {
			done := e.traceWait(ctx)
			defer func() { done(err) }()
		}
		if unlock, err = e.acquire(attempt); err == nil {
			return unlock, nil, nil
		}
		if context.Cause(attempt) != errNews {
			h, err = e.instead(err)
			return nil, h, err
		}
	}
}

func (e *entry) setWaiting(stop context.CancelCauseFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting = stop
}

func (e *entry) stopWaiting() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting != nil {
		e.waiting(errClosed)
	}
}

// untilNews is ctx, which ends besides, with errNews, when the store tells of a change.
func (e *entry) untilNews(ctx context.Context) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wake == nil {
		e.wake = make(map[*context.CancelCauseFunc]bool)
	}
	e.wake[&cancel] = true
	return ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.wake, &cancel)
		cancel(nil)
	}
}
