package fob

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fobkit/fob/internal/flight"
)

// entry is what a Cache knows of one key.
type entry struct {
	cache  *Cache
	name   string
	cur    atomic.Pointer[held] // nil: unknown, or dropped
	flight flight.Flight[*held]
	busy   chan struct{} // of capacity 1: full while this process holds the key's lock

	// Whoever holds busy may look.
	unguarded error // why no lock keeps other processes out; nil: one does, or there are none
	lease     Lease // nil: the store has none, or gave none

	mu       sync.Mutex
	epoch    uint64                            // one more each time that what a store said before must not be believed any more
	mem      kept                              // what this process last read or wrote
	rejected Secret                            // the access token last dropped: never taken up again from a store
	dropped  time.Time                         // when
	quiet    time.Time                         // no mint in the background before: something on this machine is missing
	failed   failure                           // of the last mint here, by this machine's own clock
	warned   map[string]bool                   // kinds of trouble already told
	waiting  context.CancelCauseFunc           // ends the flight's wait for the lock; nil: there is none
	wake     map[*context.CancelCauseFunc]bool // ends each wait that news of the store shall interrupt
	look     chan struct{}                     // closed when the look at the store that is under way has ended; nil: there is none
	again    bool                              // another shall follow it
	told     bool                              // of a change since the lock was last taken here
}

// want is what a caller needs of a token.
type want struct {
	least time.Duration // it shall last this long
	not   Secret        // and be another than this
	need  bool          // whatever is valid will not do: a mint is worth a refresh token in doubt
	force bool          // even if the last mint failed a moment ago
}

// fits reports whether tok serves w.
func (e *entry) fits(tok Token, w want) bool {
	now := time.Now()
	if h := e.cur.Load(); h.same(tok) && !h.valid(now) {
		return false // the wall clock has been set back
	}
	return tok.Access != w.not && !e.isRejected(tok.Access) && tok.Lasts(now, w.least)
}

func (e *entry) isRejected(access Secret) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return access == e.rejected
}

// reject drops access from memory and reports whether that was for it to do.
func (e *entry) reject(access Secret, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.holds(access) || now.Sub(e.dropped) < forcedPause {
		return false
	}
	e.epoch++
	e.rejected, e.dropped = access, now
	if e.mem.tok.Access == access {
		e.mem.tok, e.mem.rec.Dropped = withoutAccess(e.mem.tok), now
	}
	e.cur.Store(nil)
	return true
}

func (e *entry) droppedWithin(d time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.dropped) < d
}

// holds reports whether access is the current token. A process that has not looked yet cannot know, and believes it. The caller holds mu.
func (e *entry) holds(access Secret) bool {
	if h := e.cur.Load(); h != nil {
		return h.tok.Access == access
	}
	return access == e.mem.tok.Access || e.rejected == "" && e.mem.tok.Access == ""
}

// withoutAccess is what remains of a refused token: not least the sign that there was one.
func withoutAccess(tok Token) Token {
	tok.Access, tok.ID = "", ""
	return tok
}

// minted notes that the server issued access: if it is the very one that was rejected, there is no better to be had.
func (e *entry) minted(access Secret) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rejected == access {
		e.rejected = ""
	}
}

// adopt makes k's token the current one, if nothing has happened since epoch that it might not know of.
func (e *entry) adopt(k kept, epoch uint64) *held {
	e.rememberIf(k, epoch)
	return e.take(k, epoch)
}

// take is adopt for a k of which no more is known than its token.
func (e *entry) take(k kept, epoch uint64) *held {
	h := k.hold()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch cur := e.cur.Load(); {
	case e.epoch != epoch:
		return nil
	case cur.same(k.tok):
		return cur
	}
	e.cur.Store(h)
	return h
}

// begin makes k the beginning of a new epoch, with its token, if it has one, the current one.
func (e *entry) begin(k kept) *held {
	h := k.hold()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.epoch++
	e.mem = k
	if e.cur.Store(h); k.tok.Access == "" {
		e.cur.Store(nil)
	}
	if e.told { // maybe of what others have done to k already
		e.lookSoon()
	}
	return h
}

func (e *entry) remember(k kept) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.epoch++
	e.mem = k
}

// outdate has nothing believed that was read before now, when the lock was taken.
func (e *entry) outdate() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.epoch++
	e.told = false
}

func (e *entry) memory() (kept, uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mem, e.epoch
}

// mayTry reports whether a mint in the background may succeed: not for a while after a failure, and not with a refresh token in doubt.
func (e *entry) mayTry(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mem.intent.IsZero() && !e.lastFailure(e.mem.failed, now).pending(now) && !now.Before(e.quiet)
}

// lastFailure is f, as it lies in the store; but if f may pass, and does not count by our clock, what failed here: members whose clocks differ by
// more than a pause would else ask one after another. The caller holds mu.
func (e *entry) lastFailure(f failure, now time.Time) failure {
	if f.kind.passing() && !f.pending(now) && e.failed.kind.passing() {
		return e.failed
	}
	return f
}

func (e *entry) noteFailure(f failure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = f
}

// warn tells the trace about trouble, once a kind.
func (e *entry) warn(kind string, err error) {
	e.mu.Lock()
	told := e.warned[kind]
	if e.warned == nil {
		e.warned = make(map[string]bool)
	}
	e.warned[kind] = true
	e.mu.Unlock()
	if f := e.cache.Trace.Warning; f != nil && !told {
		f(e.name, err)
	}
}

// lock makes this the only mint, login or logout of the key: in this process always, among all processes as far as the store has
// locks. A store in trouble is no obstacle; but then unguarded says so.
func (e *entry) lock(ctx context.Context) (unlock func(), err error) {
	done := e.traceWait(ctx)
	defer func() { done(err) }()
	return e.acquire(ctx)
}

// traceWait tells the trace of a wait for the lock, and done of its end.
func (e *entry) traceWait(ctx context.Context) (done func(error)) {
	ended := func(error) {}
	if f := e.cache.Trace.Wait; f != nil {
		ended = f(ctx, e.name)
	}
	start := time.Now()
	return func(err error) {
		if f := e.cache.Trace.Waited; f != nil {
			f(e.name, time.Since(start), err)
		}
		ended(err)
	}
}

// acquire is lock without a word to the trace.
func (e *entry) acquire(ctx context.Context) (unlock func(), err error) {
	select {
	case e.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, &lockError{context.Cause(ctx)}
	}
	elsewhere, err := e.lockStore(ctx)
	if err != nil {
		<-e.busy
		return nil, err
	}
	e.outdate() // by whoever had the lock before
	return func() { elsewhere(); <-e.busy }, nil
}

func (e *entry) lockStore(ctx context.Context) (unlock func(), err error) {
	e.unguarded, e.lease = nil, nil
	switch s := e.cache.Store.(type) {
	case Leaser:
		unlock, err = e.lockLease(ctx, s)
	case Locker:
		unlock, err = s.Lock(ctx, e.name)
	default:
		return func() {}, nil
	}
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		return nil, &lockError{err}
	}
	e.warn("lock", err)
	if !lockless(err) {
		e.unguarded = err
	}
	return func() {}, nil
}

// lockless reports whether err says that where the store lies there are no locks at all: to do without is better than no token.
func lockless(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}

// lockError is the wait for another process's mint that took too long.
type lockError struct{ err error }

func (e *lockError) Error() string { return "waiting for another process: " + e.err.Error() }
func (e *lockError) Unwrap() error { return e.err }
