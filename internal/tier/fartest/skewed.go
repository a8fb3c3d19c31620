package fartest

import (
	"context"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

// Shared is what a cache may ask of a store that machines share.
type Shared interface {
	fob.Store
	fob.Leaser
	fob.Watcher
	fob.Sealer
}

// Skewed is s as a machine sees it whose clock is ahead by that much. Neither a bubble nor a process has a clock of its own, so that the times of
// records are moved instead, as they come and go: they are all that members tell each other of time.
func Skewed(s Shared, ahead time.Duration) Shared {
	if ahead == 0 {
		return s
	}
	return skewed{s, ahead}
}

type skewed struct {
	Shared
	ahead time.Duration
}

func (s skewed) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := s.Shared.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return shift(data, -s.ahead)
}

func (s skewed) Put(ctx context.Context, name string, data []byte) error {
	data, err := shift(data, s.ahead)
	if err != nil {
		return err
	}
	return s.Shared.Put(ctx, name, data)
}

func (s skewed) Lease(ctx context.Context, name string) (fob.Lease, error) {
	l, err := s.Shared.Lease(ctx, name)
	if err != nil {
		return nil, err
	}
	return skewedLease{l, s.ahead}, nil
}

type skewedLease struct {
	fob.Lease
	ahead time.Duration
}

func (l skewedLease) Put(ctx context.Context, data []byte) error {
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
