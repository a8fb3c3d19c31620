package fob_test

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

// cloud is a store that machines share, of few words: leases can be taken away, and all are told of each change.
type cloud struct {
	slow    time.Duration // what a read, and the way to a lease, takes
	gets    func()        // called when a read has its answer, before it returns
	written func()        // called when a write under a lease is done, before it returns

	mu       sync.Mutex
	away     error // what every call fails with
	records  fob.Memory
	writes   map[string]int
	holders  map[string]*grip
	turns    map[string]chan struct{} // of capacity 1: full means leased
	watchers []func(string)
	leases   int // that were granted
	reads    int
}

func newCloud() *cloud {
	return &cloud{writes: make(map[string]int), holders: make(map[string]*grip), turns: make(map[string]chan struct{})}
}

func (c *cloud) Get(ctx context.Context, name string) ([]byte, error) {
	c.mu.Lock()
	data, err := c.records.Get(ctx, name)
	err = cmp.Or(c.away, err)
	c.reads++
	c.mu.Unlock()
	time.Sleep(c.slow) // fake clock
	if c.gets != nil {
		c.gets()
	}
	return data, err
}

func (c *cloud) Put(ctx context.Context, name string, data []byte) error {
	return c.write(name, func() error { return c.records.Put(ctx, name, data) })
}

func (c *cloud) Delete(ctx context.Context, name string) error {
	return c.write(name, func() error { return c.records.Delete(ctx, name) })
}

// write has all told of what do does to name's record.
func (c *cloud) write(name string, do func() error) error {
	c.mu.Lock()
	err := c.away
	if err == nil {
		err = do()
	}
	if err == nil {
		c.writes[name]++
	}
	c.mu.Unlock()
	if err == nil {
		c.tell(name)
	}
	return err
}

func (c *cloud) Watch(changed func(string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = append(c.watchers, changed)
}

func (c *cloud) tell(name string) {
	c.mu.Lock()
	watchers := c.watchers
	c.mu.Unlock()
	for _, changed := range watchers {
		changed(name)
	}
}

func (c *cloud) turn(name string) chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turns[name] == nil {
		c.turns[name] = make(chan struct{}, 1)
	}
	return c.turns[name]
}

func (c *cloud) Lease(ctx context.Context, name string) (fob.Lease, error) {
	turn := c.turn(name)
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	time.Sleep(c.slow) // fake clock
	c.mu.Lock()
	defer c.mu.Unlock()
	g := &grip{cloud: c, name: name, since: c.writes[name], lost: make(chan struct{})}
	c.holders[name] = g
	c.leases++
	return g, nil
}

// lapse lets another have the lease. Its holder learns of it from tell.
func (c *cloud) lapse(name string) (tell func()) {
	c.mu.Lock()
	g := c.holders[name]
	c.mu.Unlock()
	g.Release()
	return func() { close(g.lost) }
}

// grip is a lease of a cloud's.
type grip struct {
	cloud *cloud
	name  string
	since int // how many writes there had been
	lost  chan struct{}
}

func (g *grip) Lost() <-chan struct{} { return g.lost }

func (g *grip) Put(ctx context.Context, data []byte) error {
	c := g.cloud
	err := c.write(g.name, func() error {
		if c.holders[g.name] != g || c.writes[g.name] != g.since {
			return fob.ErrLeaseLost
		}
		g.since++
		return c.records.Put(ctx, g.name, data)
	})
	if c.written != nil {
		c.written()
	}
	return err
}

func (g *grip) Release() {
	g.cloud.mu.Lock()
	defer g.cloud.mu.Unlock()
	if g.cloud.holders[g.name] == g {
		delete(g.cloud.holders, g.name)
		<-g.cloud.turns[g.name]
	}
}

// record is what lies in the cloud.
func (c *cloud) record(t *testing.T) record.Record {
	t.Helper()
	data, err := c.Get(t.Context(), key.Name())
	return must(record.Decode(must(data, err)))
}

// put puts r there, as some member might.
func (c *cloud) put(t *testing.T, r record.Record) {
	t.Helper()
	if err := c.Put(t.Context(), key.Name(), must(r.Encode())); err != nil {
		t.Fatal(err)
	}
}

// kept is how many records there are.
func (c *cloud) kept() int {
	names, _ := c.records.List(context.Background())
	return len(names)
}

// member is a cache on a cloud, as if on a machine of its own, that fails the test if it warns.
func (c *cloud) member(t *testing.T, g fob.Grant) *fob.CachedSource {
	cache := &fob.Cache{Store: c, Trace: fob.Trace{Warning: func(_ string, err error) { t.Errorf("warned: %v", err) }}}
	t.Cleanup(func() { cache.Close(context.Background()) })
	return cache.Source(key, g)
}

// members are n of them.
func (c *cloud) members(t *testing.T, n int, g fob.Grant) (all []*fob.CachedSource) {
	for range n {
		all = append(all, c.member(t, g))
	}
	return all
}

// each calls f for all members at once.
func each(members []*fob.CachedSource, f func(*fob.CachedSource)) {
	var wg sync.WaitGroup
	for _, m := range members {
		wg.Go(func() { f(m) })
	}
	wg.Wait()
}

// wantHeld checks what a member has in memory.
func wantHeld(t *testing.T, m *fob.CachedSource, want fob.Token) {
	t.Helper()
	if got, _ := m.Held(); got.Access != want.Access {
		t.Error("another token is in memory, or none")
	}
}

var errAway = errors.New("no route to the store")
