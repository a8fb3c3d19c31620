package middleware

import (
	"hash/maphash"
	"net/url"
	"sync"
	"sync/atomic"
)

// A registry holds shards × shardSize origins at most: a crawler asks thousands, once each.
const (
	shards    = 16
	shardSize = 64
)

// registry has a T for each of the origins lately asked. A look-up takes no lock; whoever is asked first for an origin copies the
// shard, which is small.
type registry[T any] struct {
	seed  maphash.Seed
	build func(origin) *T
	shard [shards]shard[T]
	first atomic.Pointer[first[T]] // the first origin, in most programs the only one, is found without looking
}

type first[T any] struct {
	origin
	value *T
}

type shard[T any] struct {
	mu  sync.Mutex
	all atomic.Pointer[map[origin]*slot[T]]
}

type slot[T any] struct {
	value *T
	used  atomic.Bool // since a slot was last looked for
}

func newRegistry[T any](build func(origin) *T) *registry[T] {
	return &registry[T]{seed: maphash.MakeSeed(), build: build}
}

// of is the T of u's origin, made now if need be.
func (r *registry[T]) of(u *url.URL) *T {
	f := r.first.Load()
	if f != nil && f.host == u.Host && f.scheme == u.Scheme {
		return f.value
	}
	o := originOf(u)
	v := r.get(o)
	if f == nil {
		r.first.CompareAndSwap(nil, &first[T]{o, v})
	}
	return v
}

// get is o's T, made now if need be.
func (r *registry[T]) get(o origin) *T {
	s := r.shardOf(o)
	if v := s.peek(o); v != nil {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.peek(o); v != nil {
		return v
	}
	v := r.build(o)
	s.add(o, v)
	return v
}

// peek is o's T, or nil if it has none.
func (r *registry[T]) peek(o origin) *T { return r.shardOf(o).peek(o) }

func (r *registry[T]) shardOf(o origin) *shard[T] {
	return &r.shard[maphash.String(r.seed, o.host)%shards]
}

func (s *shard[T]) peek(o origin) *T {
	all := s.all.Load()
	if all == nil {
		return nil
	}
	slot := (*all)[o]
	if slot == nil {
		return nil
	}
	if !slot.used.Load() { // a read is shared by all processors, a write is not
		slot.used.Store(true)
	}
	return slot.value
}

// add makes room by leaving out one that was not used since room was last made; if all were, any one. The caller holds mu.
func (s *shard[T]) add(o origin, v *T) {
	next := make(map[origin]*slot[T], shardSize)
	if old := s.all.Load(); old != nil {
		spare := len(*old) >= shardSize
		for o, slot := range *old {
			if spare && !slot.used.Swap(false) {
				spare = false
				continue
			}
			next[o] = slot
		}
		if spare {
			for o := range next {
				delete(next, o)
				break
			}
		}
	}
	next[o] = &slot[T]{value: v}
	s.all.Store(&next)
}
