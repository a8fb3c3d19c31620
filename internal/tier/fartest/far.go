package fartest

import (
	"context"
	"time"

	"github.com/fobkit/fob/internal/tier"
)

// Get is tier.Far's, as all that follow.
func (l *Link) Get(ctx context.Context, name string) (c tier.Copy, err error) {
	err = l.roundTrip(ctx, "Get", func() error {
		c = l.server.get(name, l)
		return nil
	})
	return c, err
}

// Put writes the next copy.
func (l *Link) Put(ctx context.Context, name string, data []byte, under tier.Claim) (number uint64, err error) {
	err = l.roundTrip(ctx, "Put", func() (err error) {
		number, err = l.server.put(name, data, under)
		return err
	})
	return number, err
}

// Restore writes c over a lower one.
func (l *Link) Restore(ctx context.Context, name string, c tier.Copy) error {
	return l.roundTrip(ctx, "Restore", func() error { return l.server.restore(name, c) })
}

// Acquire asks for a lease.
func (l *Link) Acquire(ctx context.Context, name string, c tier.Claim, ttl time.Duration) (number uint64, left time.Duration, err error) {
	err = l.roundTrip(ctx, "Acquire", func() (err error) {
		number, left, err = l.server.acquire(name, c, ttl)
		return err
	})
	return number, left, err
}

// Release ends a lease.
func (l *Link) Release(ctx context.Context, name, id string) error {
	return l.roundTrip(ctx, "Release", func() error {
		l.server.release(name, id)
		return nil
	})
}

// Holder is who has a lease.
func (l *Link) Holder(ctx context.Context, name string) (holder string, left time.Duration, err error) {
	err = l.roundTrip(ctx, "Holder", func() error {
		holder, left = l.server.holder(name)
		return nil
	})
	return holder, left, err
}

// List returns the names.
func (l *Link) List(ctx context.Context) (names []string, err error) {
	err = l.roundTrip(ctx, "List", func() error {
		names = l.server.list()
		return nil
	})
	return names, err
}

// Ping asks whether Put would succeed.
func (l *Link) Ping(ctx context.Context) error {
	return l.roundTrip(ctx, "Ping", l.server.writable)
}

// Watch has changed called from now on.
func (l *Link) Watch(changed func(name string)) {
	l.mu.Lock()
	l.changed = append(l.changed, changed)
	l.mu.Unlock()
	l.server.watch(l)
}
