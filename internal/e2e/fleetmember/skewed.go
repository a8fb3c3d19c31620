package main

import (
	"context"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/record"
)

// skewed is a store as a machine sees it whose clock is ahead by that much. Nothing sets the wall clock of one process alone, so that the times of
// records are moved instead, as they come and go: they are all that members tell each other of time.
type skewed struct {
	*redis.Store
	ahead time.Duration
}

// skew is s itself if the clock is right.
func skew(s *redis.Store, ahead time.Duration) fob.Store {
	if ahead == 0 {
		return s
	}
	return &skewed{s, ahead}
}

func (s *skewed) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := s.Store.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return shift(data, -s.ahead)
}

func (s *skewed) Put(ctx context.Context, name string, data []byte) error {
	data, err := shift(data, s.ahead)
	if err != nil {
		return err
	}
	return s.Store.Put(ctx, name, data)
}

func (s *skewed) Lease(ctx context.Context, name string) (fob.Lease, error) {
	l, err := s.Store.Lease(ctx, name)
	if err != nil {
		return nil, err
	}
	return &skewedLease{l, s.ahead}, nil
}

type skewedLease struct {
	fob.Lease
	ahead time.Duration
}

func (l *skewedLease) Put(ctx context.Context, data []byte) error {
	data, err := shift(data, l.ahead)
	if err != nil {
		return err
	}
	return l.Lease.Put(ctx, data)
}

// shift moves all times of a record.
func shift(data []byte, by time.Duration) ([]byte, error) {
	r, err := record.Decode(data)
	if err != nil {
		return nil, err
	}
	for _, t := range []*time.Time{&r.Issued, &r.Expiry, &r.Intent, &r.FailedAt, &r.RetryAt, &r.Dropped} {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
	return r.Encode()
}
