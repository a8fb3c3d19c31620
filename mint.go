package fob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fobkit/fob/internal/record"
)

// fly is one flight: the store without a lock, then, alone among all processes, the store again and the grant. Where the lock can be
// lost, so can the mint, and is made anew: another may have done it meanwhile.
func (e *entry) fly(ctx context.Context, g Grant, w want) (h *held, err error) {
	if h := e.glance(ctx, w); h != nil {
		return h, nil
	}
	patience := time.Now().Add(e.cache.mintTimeout())
	for range maxRounds {
		if h, err = e.round(ctx, patience, g, w); !errors.Is(err, ErrLeaseLost) {
			break
		}
	}
	return h, err
}

// round is a flight's one attempt, which waits for the lock until patience ends.
func (e *entry) round(ctx context.Context, patience time.Time, g Grant, w want) (*held, error) {
	unlock, h, err := e.turn(ctx, patience, g, w)
	if unlock == nil {
		return h, err
	}
	defer unlock()
	if h, err := e.settled(ctx, g, w); h != nil || err != nil {
		return h, err // another process was faster
	}
	k, _ := e.memory()
	if k, err = e.mint(ctx, g, k, w); err != nil {
		return e.instead(err)
	}
	return e.result(ctx, k, w), nil
}

// glance answers from what lies in the store in the clear. Nothing is opened for it: the sealing key may lie in a keyring that hangs, and
// a valid token is no reason to wait for that. What it finds is not remembered as what is kept, for that is more.
func (e *entry) glance(ctx context.Context, w want) *held {
	if e.cache.Store == nil {
		return nil
	}
	mem, epoch := e.memory()
	data, err := e.cache.Store.Get(ctx, e.name)
	if err != nil {
		return nil // settled will say why
	}
	r, err := record.Decode(data)
	if tok, whole := inTheClear(r); err == nil && whole && r.Generation >= mem.rec.Generation && e.fits(tok, w) {
		return e.take(kept{tok: tok, rec: r, lies: true}, epoch)
	}
	return nil
}

// settled answers from what is kept: with a token that fits, or with a failure that still stands. Neither: somebody must mint.
func (e *entry) settled(ctx context.Context, g Grant, w want) (*held, error) {
	_, epoch := e.memory()
	k := e.load(ctx)
	for ; e.fits(k.tok, w); k = e.load(ctx) {
		if h := e.adopt(k, epoch); h != nil {
			return h, nil
		}
		_, epoch = e.memory() // something has happened meanwhile that k might not know of
	}
	e.rememberIf(k, epoch)
	now := time.Now()
	e.mu.Lock()
	failed := e.lastFailure(k.failed, now)
	e.mu.Unlock()
	if !w.force && failed.stands(ctx, g, now) {
		return e.instead(e.remembered(failed))
	}
	return nil, nil
}

// remembered is f in place of a mint.
func (e *entry) remembered(f failure) error {
	err := f.err()
	if told := e.cache.Trace.Remembered; told != nil {
		told(e.name, err)
	}
	return err
}

func (e *entry) rememberIf(k kept, epoch uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.epoch == epoch {
		e.mem = k
	}
}

// instead takes up a kept token that is valid, though it does not serve every wish, beside the error: callers who only
// need a valid one find it.
func (e *entry) instead(err error) (*held, error) {
	if k, epoch := e.memory(); e.fits(k.tok, want{}) {
		e.adopt(k, epoch)
	}
	return nil, err
}

var errTooLate = errors.New("token had expired before it arrived")

// mint asks g for the successor of k and keeps it. The lock is held.
func (e *entry) mint(ctx context.Context, g Grant, k kept, w want) (kept, error) {
	k, err := e.seeded(ctx, g, k)
	if err != nil {
		return k, err
	}
	if k.tok.Refresh != "" && !k.intent.IsZero() && !w.need && e.fits(k.tok, want{}) {
		return k, doubtError{} // not sent again while there is no need
	}
	k, last, withheld := e.intend(ctx, k)
	if k.failed.kind != "" {
		ctx = afterFailure(ctx)
	}
	tok, err := e.ask(ctx, g, last, e.why(k, w))
	if err == nil {
		k = k.successor(tok)
		if k = e.keep(ctx, k); tok.Valid(time.Now()) {
			return k, nil
		}
		err = errTooLate
	}
	if errors.Is(err, ErrLeaseLost) {
		return k, err // no failure: another is at it
	}
	if errors.Is(err, ErrLoginRequired) {
		err = loginUnless(withheld, k.blind, err)
	}
	return e.settle(ctx, g, k, err), err
}

// loginUnless is err, which asks for a login, or what stands between us and a refresh token that is sound: trouble that passes, or can be
// mended.
func loginUnless(withheld, blind, err error) error {
	switch {
	case withheld != nil:
		return withheld
	case OutcomeOf(blind) == Local: // the key can be had again
		return blind
	}
	return err
}

// ask is one call of the grant, with a deadline of its own, and no longer than the lease lasts.
func (e *entry) ask(ctx context.Context, g Grant, last Token, why Why) (tok Token, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.cache.mintTimeout())
	defer cancel()
	ctx, end := underLease(ctx, e.lease)
	defer end()
	if ctx.Err() != nil {
		return Token{}, context.Cause(ctx)
	}
	start := time.Now()
	if f := e.cache.Trace.Mint; f != nil {
		var done func(Token, error)
		ctx, done = f(ctx, e.name, why)
		defer func() { done(tok, err) }()
	}
	if f := e.cache.Trace.MintStart; f != nil {
		f(e.name, why)
	}
	if tok, err = g.Mint(ctx, last); err == nil {
		if tok.Issued.IsZero() {
			tok.Issued = start
		}
		tok = e.shareable(tok)
		e.minted(tok.Access)
	} else if context.Cause(ctx) == ErrLeaseLost {
		err = fmt.Errorf("%w: %w", ErrLeaseLost, err)
	}
	if f := e.cache.Trace.MintDone; f != nil {
		f(e.name, tok, time.Since(start), err)
	}
	return tok, err
}

// why is what brings a caller who wants w, where k is kept, to ask the grant.
func (e *entry) why(k kept, w want) Why {
	switch {
	case w.need:
		return WhyForced
	case k.tok.Access == "" && !k.rec.Dropped.IsZero() || k.tok.Access != "" && e.isRejected(k.tok.Access):
		return WhyRefused
	case k.tok.Access == "":
		return WhyNone
	case !k.tok.Valid(time.Now()):
		return WhyExpired
	case k.tok.Access == w.not:
		return WhyStale
	}
	return WhyShort
}

// seeded is k, or what g begins with if nothing was ever kept. Issued is set in whatever was.
func (e *entry) seeded(ctx context.Context, g Grant, k kept) (kept, error) {
	s, ok := g.(Seeder)
	switch {
	case ok && e.cache.leased():
		return k, errShared
	case !ok || k.tok.Refresh != "" || !k.tok.Issued.IsZero():
		return k, nil
	case k.leave:
		return k, &StoreError{"what is kept of this token cannot be read, and a refresh token is not sent twice", k.blind}
	case e.unguarded != nil:
		return k, unlocked(e.unguarded)
	}
	tok, err := s.Seed(ctx)
	if err != nil {
		return k, err
	}
	k.tok, k.shared = Token{Refresh: tok.Refresh, Issued: time.Now()}, e.cache.Store != nil
	return k, nil
}

// unlocked is why a refresh token that others may find is not sent: no lock keeps them from sending it too.
func unlocked(err error) error {
	return &StoreError{"a refresh token is not sent while its record cannot be locked", err}
}

// intend makes it durable that k's refresh token is about to be sent: whoever comes after a crash knows that it is in doubt. last is what
// may be sent, without the refresh token where others would find it unspent, and send it too; withheld is why.
func (e *entry) intend(ctx context.Context, k kept) (_ kept, last Token, withheld error) {
	last = k.tok
	if last.Refresh == "" {
		return k, last, nil
	}
	if k.shared && e.unguarded != nil {
		last.Refresh = ""
		return k, last, unlocked(e.unguarded)
	}
	k.intent = time.Now()
	if k = e.keep(ctx, k); k.shared && !k.lies {
		last.Refresh = ""
		return k, last, &StoreError{"a refresh token is not sent while what comes of it cannot be kept", k.lost}
	}
	return k, last, nil
}

// settle keeps what a failed mint means: for k's refresh token, nothing, that it is in doubt, or that it is dead; and for those who
// ask next, how long they need not.
func (e *entry) settle(ctx context.Context, g Grant, k kept, err error) kept {
	if OutcomeOf(err) != InDoubt {
		k.intent = time.Time{}
	}
	if refreshDead(err) {
		k.tok.Refresh = ""
	}
	if OutcomeOf(err) == Local {
		return e.settleHere(ctx, k)
	}
	k.failed = k.failed.after(err, time.Now())
	if !k.failed.kind.passing() {
		k.failed.credentials = fingerprint(ctx, g)
	}
	e.noteFailure(k.failed)
	return e.keep(ctx, k)
}

// refreshDead reports whether err says that the refresh token is of no use any more, whatever else it says.
func refreshDead(err error) bool {
	var e interface{ RefreshDead() bool }
	return errors.Is(err, ErrLoginRequired) || errors.As(err, &e) && e.RefreshDead()
}

// settleHere is for a failure of this machine's own, which is nobody else's: only the background leaves off for a while.
func (e *entry) settleHere(ctx context.Context, k kept) kept {
	e.mu.Lock()
	e.quiet = time.Now().Add(maxTransientPause)
	e.mu.Unlock()
	if k.tok.Refresh == "" {
		return k
	}
	return e.keep(ctx, k)
}
