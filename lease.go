package fob

import (
	"context"
	"errors"
	"time"
)

// maxRounds is how often a flight goes for the lease, if it is lost each time before there is a token.
const maxRounds = 3

// errShared is why no refresh token is kept in a Leaser, nor sent for its sake.
var errShared = &StoreError{Reason: "a refresh token is not shared between machines: a lease cannot fence the authorization server"}

// leased reports whether the Store is shared by machines.
func (c *Cache) leased() bool {
	_, ok := c.Store.(Leaser)
	return ok
}

// shareable is tok without what must not be shared: over a Leaser, its refresh token.
func (e *entry) shareable(tok Token) Token {
	if tok.Refresh != "" && e.cache.leased() {
		e.warn("refresh", errShared)
		tok.Refresh = ""
	}
	return tok
}

// unleased is k, as read, without the refresh token that some other program has left in a Leaser.
func (e *entry) unleased(k kept) kept {
	if e.cache.leased() {
		k.tok.Refresh, k.intent = "", time.Time{}
	}
	return k
}

// lockLease is lockStore for a Leaser. The lease is the entry's until unlock.
func (e *entry) lockLease(ctx context.Context, s Leaser) (unlock func(), err error) {
	l, err := s.Lease(ctx, e.name)
	if err != nil {
		return nil, err
	}
	e.lease = l
	return func() { e.lease = nil; l.Release() }, nil
}

// underLease is ctx, which ends besides, with ErrLeaseLost, when l does: no mint outlives its lease.
func underLease(ctx context.Context, l Lease) (_ context.Context, end func()) {
	if l == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	select {
	case <-l.Lost():
		cancel(ErrLeaseLost) // already: nothing is begun
	default:
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-l.Lost():
			cancel(ErrLeaseLost)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); <-ended }
}

// result makes k, which was minted, the current token; or, if its write was refused, since another had the lease by then, that other's.
func (e *entry) result(ctx context.Context, k kept, w want) *held {
	for errors.Is(k.lost, ErrLeaseLost) {
		_, epoch := e.memory()
		other, err := e.read(ctx)
		if err != nil || !e.fits(other.tok, w) {
			break
		}
		if h := e.adopt(other, epoch); h != nil {
			return h
		}
	}
	return e.begin(k)
}
