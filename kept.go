package fob

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/fobkit/fob/internal/record"
)

// kept is a token as it lies in a store, or would if there were one.
type kept struct {
	tok    Token
	intent time.Time // when tok.Refresh was about to be sent; zero unless no answer has been kept since
	failed failure   // of the last mint

	rec    record.Record     // as read: its generation, and lines that only a newer program knows
	other  map[string]Secret // sealed fields that only a newer program knows
	lies   bool              // it is, or was, in the store
	shared bool              // so is tok.Refresh, or it came from elsewhere: others may find it, and send it too
	leave  bool              // what lies in the store is not ours to write over
	blind  error             // why the record, or a sealed field of it, cannot be read here; nil: it can
	lost   error             // why it could not be written; nil: it could
}

// errCorrupt is read's answer for a record that it has set aside.
var errCorrupt = errors.New("record was corrupt and has been set aside")

// load returns what is kept of the token: from the store, or, as far as that is in trouble, from memory.
func (e *entry) load(ctx context.Context) kept {
	mem, _ := e.memory()
	if e.cache.Store == nil {
		return mem
	}
	k, err := e.read(ctx)
	mem.leave, mem.blind = k.leave, k.blind
	switch {
	case err == nil && !mem.lies && mem.rec.Generation > k.rec.Generation && !k.tok.Issued.After(mem.tok.Issued):
		return mem // what lies there is older: it could not be written over
	case err == nil:
		return k.filled(mem, e.cache.sealer() == nil)
	case errors.Is(err, ErrNotFound) && mem.lies:
		return kept{} // deleted since: by a logout, which memory must not undo
	case errors.Is(err, ErrNotFound), errors.Is(err, errCorrupt):
		mem.lies = false
		return mem
	}
	e.warn("read", err)
	mem.leave, mem.blind = true, err
	return mem
}

// filled adds what never reaches a store without a sealer, and so lies in memory alone.
func (k kept) filled(mem kept, unsealed bool) kept {
	if !unsealed && !k.leave {
		return k
	}
	if k.tok.Access == "" && !k.rec.Dropped.After(mem.tok.Issued) {
		k.tok = mem.tok
	}
	k.tok.Refresh, k.tok.Extra, k.intent, k.shared = mem.tok.Refresh, mem.tok.Extra, mem.intent, mem.shared
	if k.failed.kind == "" {
		k.failed = mem.failed
	}
	return k
}

// read reads the store. A corrupt record is set aside and then is not there; a foreign one is left alone.
func (e *entry) read(ctx context.Context) (kept, error) {
	data, err := e.cache.Store.Get(ctx, e.name)
	if err != nil {
		return kept{}, err
	}
	r, err := record.Decode(data)
	if err == nil {
		var k kept
		if k, err = e.open(r); err == nil {
			return e.unleased(k), nil
		}
	}
	if errors.Is(err, record.ErrForeign) {
		return kept{}, err
	}
	e.warn("corrupt", err)
	if err := e.setAside(ctx, data); err != nil {
		return kept{}, err
	}
	return kept{}, errCorrupt
}

// deleteKept deletes the record, and what was set aside of it.
func (e *entry) deleteKept(ctx context.Context) error {
	if e.cache.Store == nil {
		return nil
	}
	return cmp.Or(e.cache.Store.Delete(ctx, e.name), e.cache.Store.Delete(ctx, e.name+asideSuffix)) // both, and one error: they fail alike
}

// asideSuffix ends the name of a record that was set aside.
const asideSuffix = ".bad"

// setAside keeps a record that is about to be written over, under another name.
func (e *entry) setAside(ctx context.Context, data []byte) error {
	return e.cache.Store.Put(ctx, e.name+asideSuffix, data)
}

// claim makes a record that is left alone, since it is another's, ours to write over. It is set aside first.
func (e *entry) claim(ctx context.Context, k kept) kept {
	if !k.leave {
		return k
	}
	data, err := e.cache.Store.Get(ctx, e.name)
	if err == nil {
		err = e.setAside(ctx, data)
	}
	k.leave = ignoreNotFound(err) != nil
	return k
}

// keepTime bounds a write, whose caller may have no time left: what a server has answered is kept all the same.
const keepTime = 10 * time.Second

// keep writes k as the next generation and remembers it. When it returns, k is durable as far as the store is: only then
// may its access token be handed out. A lease that is lost is no trouble of the store's, and k is then not remembered either.
func (e *entry) keep(ctx context.Context, k kept) kept {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	k.rec.Generation++
	k.lies = false
	if e.cache.Store != nil && !k.leave {
		k.lost = e.write(ctx, k)
		if errors.Is(k.lost, ErrLeaseLost) {
			return k // what another has written meanwhile counts
		}
		if k.lies = k.lost == nil; !k.lies {
			e.warn("write", k.lost)
		}
		k.shared = k.shared || k.lies
	}
	e.remember(k)
	return k
}

func (e *entry) write(ctx context.Context, k kept) error {
	r, err := e.seal(k)
	if err != nil {
		return err
	}
	data, err := r.Encode()
	if err != nil {
		return err
	}
	if e.lease != nil {
		return e.lease.Put(ctx, data)
	}
	return e.cache.Store.Put(ctx, e.name, data)
}

// dropPatience bounds how long a caller waits to drop a refused token from the store: whoever holds the lock is about to replace it.
const dropPatience = time.Second

// dropKept drops access from the store, if it still lies there, and was not dropped a moment ago in another process: then nobody waits
// for the lock.
func (e *entry) dropKept(ctx context.Context, access Secret) {
	if e.cache.Store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, dropPatience)
	defer cancel()
	for again := true; again; {
		again = e.tryDrop(ctx, access)
	}
}

// tryDrop is one attempt of dropKept. again: the store has changed while the lock was waited for.
func (e *entry) tryDrop(ctx context.Context, access Secret) (again bool) {
	attempt, end := e.untilNews(ctx)
	defer end()
	if _, ok := e.droppable(ctx, access); !ok {
		return false
	}
	unlock, err := e.lock(attempt)
	if err != nil {
		return context.Cause(attempt) == errNews
	}
	defer unlock()
	k, ok := e.droppable(ctx, access)
	if !ok {
		return false
	}
	k.tok, k.rec.Dropped = withoutAccess(k.tok), time.Now()
	if err := e.write(ctx, k.next()); err != nil && !errors.Is(err, ErrLeaseLost) {
		e.warn("write", err)
	}
	return false
}

// droppable is what lies in the store, if that is access, and was not dropped a moment ago in another process.
func (e *entry) droppable(ctx context.Context, access Secret) (k kept, ok bool) {
	k, err := e.read(ctx)
	return k, err == nil && !k.leave && k.tok.Access == access && time.Since(k.rec.Dropped).Abs() >= forcedPause
}

// successor is k with what a server has just issued.
func (k kept) successor(tok Token) kept {
	k.shared = k.shared && tok.Refresh == k.tok.Refresh
	k.tok, k.intent, k.failed = tok, time.Time{}, failure{}
	return k
}

func (k kept) next() kept { k.rec.Generation++; return k }

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
