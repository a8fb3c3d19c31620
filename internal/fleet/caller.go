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

// Wait is a call that took longer than that, or failed.
type Wait struct {
	At, Took time.Duration
	Key      int32
	Failed   bool
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

// own is one key's source at a member, and until when the last token from it is good.
type own struct {
	fob.Source
	key    int32
	expiry atomic.Int64
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
	begun, expiry := time.Now(), o.expiry.Load()
	tok, err := o.Token(ctx)
	if ctx.Err() != nil {
		return // it is over
	}
	if err == nil {
		o.expiry.Store(tok.Expiry.UnixNano())
	}
	w := Wait{At: begun.Sub(start), Took: time.Since(begun), Key: o.key, Failed: err != nil, First: expiry == 0}
	w.Had = begun.Add(w.Took).UnixNano() < expiry
	if w.Failed || w.Took > stalled {
		t.add(w)
	}
}

var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// ready is call for those who have a token at hand. If it reports false, call must be called, which waits.
func (o *own) ready() bool {
	tok, err := o.Token(ended)
	if err == nil && tok.Expiry.UnixNano() != o.expiry.Load() {
		o.expiry.Store(tok.Expiry.UnixNano())
	}
	return err == nil
}
