package session

import (
	"context"

	"github.com/fobkit/fob"
)

// Fresh replaces p's token if it is stale, and waits until that is done. Beside an error it returns what is kept all the same, valid or
// not. A failure that is remembered is not repeated.
func (p *Profile) Fresh(ctx context.Context) (fob.Token, error) {
	err := p.Source.Refresh(ctx)
	return p.Source.Kept(ctx), p.named(err)
}
