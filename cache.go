package fob

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// Cache gives one token a key to all who ask, and asks a Grant for it once a lifetime: memory first, then the Store, then the Grant. The
// zero Cache keeps tokens in memory only. Set its fields before its first use; it must not be copied after. It is safe
// for concurrent use.
type Cache struct {
	// Store is shared with other processes. If it is a Locker, one process at a time mints; if it is a Leaser, one of all machines'; if it is a
	// Watcher, what others do to a token is known here at once. Nil: memory only.
	// A Store that fails costs one Trace.Warning a key and no token: the cache goes on in memory.
	Store Store

	// Sealer encrypts, before they reach the Store, refresh tokens and access tokens that live for more than a day or for ever. Nil: the
	// Store does if it is a Sealer; else those stay in memory, with one Trace.Warning a key.
	Sealer Sealer

	// SealAll has the Sealer encrypt short-lived access tokens too.
	SealAll bool

	// OneShot says that this process lives for a single answer: nothing is minted in the background.
	OneShot bool

	// MintTimeout bounds one mint, and, apart from that, the wait for another process's. Zero: one minute.
	MintTimeout time.Duration

	// Trace is told what happens.
	Trace Trace

	entries sync.Map // Key.Name() → *entry
	watched sync.Once
	looks   chan struct{} // of capacity maxLooks: one for each look that is under way
}

// Source returns the source of k's token, minted by g when no valid one is at hand. All sources of one key share one
// token, whichever grant they were given.
func (c *Cache) Source(k Key, g Grant) *CachedSource {
	return &CachedSource{entry: c.entry(k.Name()), grant: g}
}

// Close waits until no mint is under way, and no look at the Store, or returns ctx's error. A rotated refresh token that is not kept yet
// would be lost with the process. Who only waits for another process to mint waits no longer. The cache may be used again.
func (c *Cache) Close(ctx context.Context) (err error) {
	c.entries.Range(func(_, e any) bool {
		e.(*entry).stopWaiting()
		err = cmp.Or(e.(*entry).flight.Wait(ctx), e.(*entry).looked(ctx))
		return err == nil
	})
	return err
}

func (c *Cache) entry(name string) *entry {
	if e, ok := c.entries.Load(name); ok {
		return e.(*entry)
	}
	c.watched.Do(c.watch)
	e := &entry{cache: c, name: name, busy: make(chan struct{}, 1)}
	shared, _ := c.entries.LoadOrStore(name, e)
	return shared.(*entry)
}

// sealer is who encrypts: c's own, or else the Store's. Nil: nobody.
func (c *Cache) sealer() Sealer {
	if c.Sealer != nil {
		return c.Sealer
	}
	s, _ := c.Store.(Sealer)
	return s
}

func (c *Cache) mintTimeout() time.Duration {
	if c.MintTimeout > 0 {
		return c.MintTimeout
	}
	return time.Minute
}
