package session

import (
	"context"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
)

// Shared reports whether p's token lies in a store that machines share.
func (p *Profile) Shared() bool { return p.fleet != nil }

// CheckStore asks the store of a profile that is Shared whether it does all that is wanted of it. Trouble with the server is a *StoreError in the
// error's tree; any other error is of the settings, with which the profile gives no token.
func (p *Profile) CheckStore(ctx context.Context) error {
	store, err := p.fleet.store.get(ctx)
	if err != nil {
		return p.named(err)
	}
	return p.fleet.trouble(store.Check(ctx))
}

// Holder is who mints the token of a profile that is Shared, on whichever machine. ok is false if nobody does. Its errors are CheckStore's.
func (p *Profile) Holder(ctx context.Context) (h redis.Holder, ok bool, err error) {
	store, err := p.fleet.store.get(ctx)
	if err != nil {
		return h, false, p.named(err)
	}
	h, ok, err = store.Holder(ctx, p.Key.Name())
	return h, ok, p.fleet.trouble(err)
}

// Elsewhere is what another process finds of p's token.
func (p *Profile) Elsewhere(ctx context.Context) fob.Token {
	other := &fob.Cache{Store: p.session.Cache.Store, Sealer: p.session.Cache.Sealer}
	if p.Shared() {
		other = &fob.Cache{Store: p.fleet.store}
	}
	return other.Source(p.Key, p.System.Grant).Kept(ctx)
}
