package fleet

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/tier"
	"github.com/fobkit/fob/internal/tier/fartest"
)

// shared is the store of a simulated fleet: tier.Store over fartest, one for each member.
type shared struct {
	params Params
	start  time.Time
	server fartest.Server
	key    *seal.Key
	random *rand.Rand
	stores []*tier.Store
	links  []*fartest.Link

	mu    sync.Mutex
	asked []int     // requests, by the second
	idle  time.Time // when the server has done all that it was asked
}

func newShared(p Params, start time.Time) *shared {
	return &shared{params: p, start: start, key: seal.NewKey(), random: p.random(4)}
}

// member is the store of another machine, whose clock is wrong.
func (s *shared) member() fob.Store {
	p := s.params
	link := s.server.Link(fartest.Way{Latency: 2 * p.Link, Jitter: p.Link, Loss: p.Loss})
	store := &tier.Store{Far: &queued{link, s}, Sealer: s.key}
	s.links, s.stores = append(s.links, link), append(s.stores, store)
	return fartest.Skewed(store, Span{-p.Skewed, p.Skewed}.draw(s.random))
}

func (s *shared) close() {
	for _, store := range s.stores {
		store.Close()
	}
}

// queued is a link to a server that does one thing after another, and whose requests are counted.
type queued struct {
	*fartest.Link
	shared *shared
}

// wait is for those who came before. A request that nobody waits for any more is served all the same.
func (q *queued) wait(ctx context.Context) error {
	timer := time.NewTimer(q.shared.enqueue())
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enqueue returns when the request that it counts is served.
func (s *shared) enqueue() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.asked = count(s.asked, now.Sub(s.start))
	if s.idle.Before(now) {
		s.idle = now
	}
	s.idle = s.idle.Add(s.params.Serve)
	return s.idle.Sub(now)
}

func (q *queued) Get(ctx context.Context, name string) (tier.Copy, error) {
	if err := q.wait(ctx); err != nil {
		return tier.Copy{}, err
	}
	return q.Link.Get(ctx, name)
}

func (q *queued) Put(ctx context.Context, name string, data []byte, under tier.Claim) (uint64, error) {
	if err := q.wait(ctx); err != nil {
		return 0, err
	}
	return q.Link.Put(ctx, name, data, under)
}

func (q *queued) Restore(ctx context.Context, name string, c tier.Copy) error {
	if err := q.wait(ctx); err != nil {
		return err
	}
	return q.Link.Restore(ctx, name, c)
}

func (q *queued) Acquire(ctx context.Context, name string, c tier.Claim, ttl time.Duration) (uint64, time.Duration, error) {
	if err := q.wait(ctx); err != nil {
		return 0, 0, err
	}
	return q.Link.Acquire(ctx, name, c, ttl)
}

func (q *queued) Release(ctx context.Context, name, id string) error {
	if err := q.wait(ctx); err != nil {
		return err
	}
	return q.Link.Release(ctx, name, id)
}

func (q *queued) Ping(ctx context.Context) error {
	if err := q.wait(ctx); err != nil {
		return err
	}
	return q.Link.Ping(ctx)
}
