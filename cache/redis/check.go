package redis

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/fobkit/fob/internal/tier"
)

// Check asks the server, over a connection of its own, for all that a Store needs of it: a lease, a write, a read, the list. It changes no record. What
// fails is a *ServerError, or ctx's error.
func (s *Store) Check(ctx context.Context) error {
	d := &driver{link: &link{server: s.far.server, tls: s.far.tls, name: s.far.name}, prefix: s.far.prefix}
	defer d.Close()
	d.late.Store(2) // whoever checks has time
	return d.check(ctx)
}

// nobody is the name that no record has.
const nobody = ""

func (d *driver) check(ctx context.Context) error {
	claim := tier.Claim{ID: rand.Text(), Number: noLimit}
	if _, _, err := d.Acquire(ctx, nobody, claim, time.Second); err != nil {
		return err
	}
	defer d.Release(context.WithoutCancel(ctx), nobody, claim.ID)
	if err := d.probe(ctx, claim.ID); err != nil {
		return err
	}
	if _, err := d.Get(ctx, nobody); err != nil {
		return err
	}
	if _, _, err := d.Holder(ctx, nobody); err != nil {
		return err
	}
	_, err := d.List(ctx)
	return err
}
