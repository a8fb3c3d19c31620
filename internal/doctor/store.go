package doctor

import (
	"context"
	"errors"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/session"
)

// storeChecks look at what machines share.
var storeChecks = []Check{{"store", checkStore}}

// checkStore asks each store that machines share whether it does what is wanted of it. Without it each machine goes by itself; with settings
// that make no sense none gives a token.
func checkStore(ctx context.Context, p *Patient) Results {
	var sharers []*session.Profile
	for _, o := range p.profiles() {
		if o.Shared() {
			sharers = append(sharers, o)
		}
	}
	return eachProfile(sharers, func(o *session.Profile) Results {
		var away *session.StoreError
		switch err := o.CheckStore(ctx); {
		case errors.As(err, new(*config.SecretError)):
			return nil // which is for another check to say
		case errors.As(err, &away):
			return warn(away.Error(), p.mend(err)).of(o.Name)
		case err != nil:
			return fail(reference{profile: o.Name}.reason(err), p.editProfile(o.Profile, err)).of(o.Name)
		case o.Store.Clear():
			return ok(o.Store.Place() + " answers; in the clear, so that who listens sees which tokens change, but none of them").of(o.Name)
		}
		return ok(o.Store.Place() + " answers").of(o.Name)
	})
}
