package fob

import (
	"context"
	"sync"
	"time"
)

// Cache gives one token a key to all who ask, and asks a Grant for it once a lifetime: memory first, then the Store, then the Grant. The
// zero Cache keeps tokens in memory only. Set its fields before its first use; it must not be copied after. It is safe
// for concurrent use.
type Cache struct {
	// Store is shared with other processes. If it is a Locker, one process at a time mints. Nil: memory only.
	// A Store that fails costs one Trace.Warning a key and no token: the cache goes on in memory.
	Store Store

	// Sealer encrypts, before they reach the Store, refresh tokens and access tokens that live for more than a day or for ever. Nil:
	// those stay in memory, with one Trace.Warning a key.
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
}

// Source returns the source of k's token, minted by g when no valid one is at hand. All sources of one key share one
// token, whichever grant they were given.
func (c *Cache) Source(k Key, g Grant) *CachedSource {
	return &CachedSource{entry: c.entry(k.Name()), grant: g}
}

// Close waits until no mint is under way, or returns ctx's error. A rotated refresh token that is not kept yet would be
// lost with the process. Who only waits for another process to mint waits no longer. The cache may be used again.
func (c *Cache) Close(ctx context.Context) (err error) {
	c.entries.Range(func(_, e any) bool {
		e.(*entry).stopWaiting()
		err = e.(*entry).flight.Wait(ctx)
		return err == nil
	})
	return err
}

func (c *Cache) entry(name string) *entry {
	if e, ok := c.entries.Load(name); ok {
		return e.(*entry)
	}
	e := &entry{cache: c, name: name, busy: make(chan struct{}, 1)}
	shared, _ := c.entries.LoadOrStore(name, e)
	return shared.(*entry)
}

func (c *Cache) mintTimeout() time.Duration {
	if c.MintTimeout > 0 {
		return c.MintTimeout
	}
	return time.Minute
}
