package fob

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// maxLooks is how many looks at the Store are under way at once, however many records have changed.
const maxLooks = 32

// watch has the Store, if it is a Watcher, tell of changes.
func (c *Cache) watch() {
	if w, ok := c.Store.(Watcher); ok {
		c.looks = make(chan struct{}, maxLooks)
		w.Watch(c.changed)
	}
}

// changed is what the Store tells: name's record may be another by now, or, if name is empty, every one.
func (c *Cache) changed(name string) {
	if name == "" {
		c.entries.Range(func(_, e any) bool { e.(*entry).changed(); return true })
	} else if e, ok := c.entries.Load(name); ok {
		e.(*entry).changed()
	}
}

// changed has whoever waits look at the store, and looks whether what is in memory still holds. At most one look is under way, and one
// more to follow it.
func (e *entry) changed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for wake := range e.wake {
		(*wake)(errNews)
	}
	e.told = true
	if e.cur.Load() != nil || len(e.wake) == 0 { // who waits looks for himself
		e.lookSoon()
	}
}

// lookSoon begins a look at the store, or has one follow that is under way. The caller holds mu.
func (e *entry) lookSoon() {
	if e.again = e.look != nil; !e.again {
		e.look = make(chan struct{})
		go e.lookOut()
	}
}

// lookOut looks at the store until no more is told of it.
func (e *entry) lookOut() {
	e.cache.looks <- struct{}{}
	defer func() { <-e.cache.looks }()
	for more := true; more; more = e.lookAgain() {
		e.lookOnce()
	}
}

// lookAgain reports whether the record has changed again; if not, that was all.
func (e *entry) lookAgain() (again bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if again, e.again = e.again, false; !again {
		close(e.look)
		e.look = nil
	}
	return again
}

// looked waits for the look that is under way, until ctx ends.
func (e *entry) looked(ctx context.Context) error {
	e.mu.Lock()
	look := e.look
	e.mu.Unlock()
	if look == nil {
		return nil
	}
	select {
	case <-look:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lookTime bounds one look.
const lookTime = 10 * time.Second

type unhurriedKey struct{}

// Unhurried reports whether nobody waits for the call that ctx belongs to, nor soon will: a Cache looks what has become of a token, or replaces it,
// while it serves the one it has. A Store may take more time then before it gives up, since all members of a fleet look at the same moment.
func Unhurried(ctx context.Context) bool {
	unhurried, _ := ctx.Value(unhurriedKey{}).(bool)
	return unhurried
}

func unhurried(ctx context.Context) context.Context {
	return context.WithValue(ctx, unhurriedKey{}, true)
}

// leisure is how long a token lasts yet whose replacement nobody will wait for.
const leisure = 30 * time.Second

// lookOnce takes up what others have done to the token. A store in trouble has nothing to say.
func (e *entry) lookOnce() {
	ctx, cancel := context.WithTimeout(unhurried(context.Background()), lookTime)
	defer cancel()
	mem, epoch := e.memory()
	switch k, err := e.read(ctx); {
	case err == nil:
		e.heed(k.filled(mem, e.cache.sealer() == nil), epoch)
	case errors.Is(err, ErrNotFound):
		e.forgotten(epoch)
	}
}

// heed takes k, as others have left it, for what is in memory, if it is newer. If something has happened here since epoch, that must be
// found out anew.
func (e *entry) heed(k kept, epoch uint64) {
	fits, now := e.fits(k.tok, want{}), time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.cur.Load()
	switch {
	case e.epoch != epoch:
		e.again = true
		return
	case !k.follows(cmp.Or(h, e.mem.hold())):
		return
	case h.same(k.tok):
	case fits:
		e.cur.Store(k.hold())
	case h != nil && k.drops(h):
		e.rejected, e.dropped = h.tok.Access, now
		e.cur.Store(nil)
	default:
		return
	}
	e.epoch++
	e.mem = k
}

// forgotten drops a token whose record was deleted since: by a logout, which memory must not undo.
func (e *entry) forgotten(epoch uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch h := e.cur.Load(); {
	case e.epoch != epoch:
		e.again = true
	case h != nil && h.lies:
		e.epoch++
		e.mem = kept{}
		e.cur.Store(nil)
	}
}

// follows reports whether k was written after h: by the count of writes, which goes by no clock; or, where a logout has begun it anew, by the
// time of issue. What is older was brought back by a store that lost something.
func (k kept) follows(h *held) bool {
	return k.rec.Generation >= h.generation || k.tok.Issued.After(h.tok.Issued)
}

// drops reports whether k says that h, or a later token, was refused by a server. A token that reaches no store is not told of there.
func (k kept) drops(h *held) bool {
	return k.tok.Access == "" && !k.rec.Dropped.IsZero() && h.lies && k.rec.Generation > h.generation && h.tok.Issued.Sub(k.tok.Issued) < time.Second
}
