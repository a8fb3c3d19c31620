package fob

import (
	"context"
	"errors"
	"time"
)

// fly is one flight: the store without a lock, then, alone among all processes, the store again and the grant.
func (e *entry) fly(ctx context.Context, g Grant, w want) (*held, error) {
	if k := e.load(ctx); e.fits(k.tok, w) {
		return e.adopt(k), nil
	}
	unlock, err := e.lock(ctx)
	if err != nil {
		return e.instead(err)
	}
	defer unlock()
	k := e.load(ctx)
	if e.fits(k.tok, w) {
		return e.adopt(k), nil // another process was faster
	}
	k, err = e.mint(ctx, g, k)
	e.count(err)
	if err != nil {
		return e.instead(err)
	}
	return e.adopt(k), nil
}

// instead takes up a kept token that is valid, though it does not serve every wish, beside the error: callers who only
// need a valid one find it.
func (e *entry) instead(err error) (*held, error) {
	if k := e.memory(); e.fits(k.tok, want{}) {
		e.adopt(k)
	}
	return nil, err
}

// mint asks g for the successor of k and keeps it. The lock is held.
func (e *entry) mint(ctx context.Context, g Grant, k kept) (kept, error) {
	e.remember(k)
	k, err := e.seeded(ctx, g, k)
	if err != nil {
		return k, err
	}
	if k.tok.Refresh != "" {
		if !k.intent.IsZero() && e.fits(k.tok, want{}) {
			return k, doubtError{} // not sent again while there is no need
		}
		k = e.intend(ctx, k)
	}
	start := time.Now()
	if f := e.cache.Trace.MintStart; f != nil {
		f(e.name)
	}
	tok, err := g.Mint(ctx, k.tok)
	if err != nil {
		e.settle(ctx, k, err)
	} else {
		if tok.Issued.IsZero() {
			tok.Issued = start
		}
		e.minted(tok.Access)
		k.tok, k.intent = tok, time.Time{}
		k = e.keep(ctx, k)
	}
	if f := e.cache.Trace.MintDone; f != nil {
		f(e.name, tok, time.Since(start), err)
	}
	return k, err
}

// seeded is k, or what g begins with if nothing was ever kept. Issued is set in whatever was.
func (e *entry) seeded(ctx context.Context, g Grant, k kept) (kept, error) {
	s, ok := g.(Seeder)
	if !ok || k.tok.Refresh != "" || !k.tok.Issued.IsZero() {
		return k, nil
	}
	tok, err := s.Seed(ctx)
	if err != nil {
		return k, err
	}
	k.tok = Token{Refresh: tok.Refresh, Issued: time.Now()}
	return k, nil
}

// intend makes it durable that k's refresh token is about to be sent: whoever comes after a crash knows that it is in doubt.
func (e *entry) intend(ctx context.Context, k kept) kept {
	k.intent = time.Now()
	return e.keep(ctx, k)
}

// settle keeps what a failed mint means for k's refresh token: nothing, that it is in doubt, or that it is dead.
func (e *entry) settle(ctx context.Context, k kept, err error) {
	switch {
	case k.tok.Refresh == "" || OutcomeOf(err) == InDoubt:
		return
	case errors.Is(err, ErrLoginRequired):
		k.tok.Refresh = ""
	}
	k.intent = time.Time{}
	e.keep(ctx, k)
}
