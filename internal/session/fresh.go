package session

import (
	"context"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
)

// Fresh replaces p's token if it is stale, and waits until that is done. Beside an error it returns what is kept all the same, valid or
// not. A failure that is remembered is not repeated. A static token is read anew from its file: it does not say when there is another.
func (p *Profile) Fresh(ctx context.Context) (fob.Token, error) {
	err := p.renew(ctx)
	return p.Source.Kept(ctx), p.named(err)
}

func (p *Profile) renew(ctx context.Context) error {
	if p.GrantType() != config.Static || !p.Profile.Token.Momentary() {
		return p.Source.Refresh(ctx)
	}
	_, err := p.Source.Login(ctx) // a command or a keyring is asked once: it may ask a person
	return err
}
