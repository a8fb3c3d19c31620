package fleet

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob"
)

// stalled is what a caller notices.
const stalled = 50 * time.Millisecond

// Wait is a call that took longer than that, or failed, or got a token that had ended.
type Wait struct {
	At, Took time.Duration
	Key      int32
	Failed   bool
	Ended    bool
	Had      bool // a token of its member's own, from first to last
	First    bool // none of its member's had been answered
}

// Tally is what callers met.
type Tally struct {
	mu    sync.Mutex
	Calls int64
	Waits []Wait
}

func (t *Tally) add(w Wait) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Waits = append(t.Waits, w)
}

func (t *Tally) called() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Calls++
}

func (t *Tally) merge(other *Tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Calls += other.Calls
	t.Waits = append(t.Waits, other.Waits...)
}

// own is one key's source at a member.
type own struct {
	fob.Source
	key  int32
	seen atomic.Int64 // the expiry of the last token from it, as it says,
	end  atomic.Int64 // and as the server does. Zero: there was none
}

func owned(sources []fob.Source) []*own {
	all := make([]*own, len(sources))
	for key, src := range sources {
		all[key] = &own{Source: src, key: int32(key)}
	}
	return all
}

// call asks for the token, and tells what is of note.
func (o *own) call(ctx context.Context, start time.Time, t *Tally) {
	begun, had := time.Now(), min(o.seen.Load(), o.end.Load())
	tok, err := o.Token(ctx)
	if ctx.Err() != nil {
		return // it is over
	}
	now := time.Now()
	w := Wait{At: begun.Sub(start), Took: now.Sub(begun), Key: o.key, Failed: err != nil, First: had == 0, Had: now.UnixNano() < had}
	w.Ended = err == nil && o.ended(tok, now)
	if w.Failed || w.Ended || w.Took > stalled {
		t.add(w)
	}
}

var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// ready is call for those who have a token at hand. If it reports false, call must be called, which waits.
func (o *own) ready(start time.Time, t *Tally) bool {
	tok, err := o.Token(gone)
	if err != nil {
		return false
	}
	if now := time.Now(); o.ended(tok, now) {
		t.add(Wait{At: now.Sub(start), Key: o.key, Ended: true})
	}
	return true
}

// ended notes tok, and reports whether it is of no use any more.
func (o *own) ended(tok fob.Token, now time.Time) bool {
	if says := tok.Expiry.UnixNano(); says != o.seen.Swap(says) {
		o.end.Store(end(tok))
	}
	return now.UnixNano() >= o.end.Load()
}
