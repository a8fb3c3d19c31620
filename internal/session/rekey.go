package session

import (
	"context"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/stored"
)

// Rekey makes a new sealing key at to and seals anew all that is kept; see seal.Ring.Rekey.
func (s *Session) Rekey(ctx context.Context, to seal.Place) (seal.Rekeyed, error) {
	if lost, ok := s.Cache.Store.(lost); ok {
		return seal.Rekeyed{}, lost.err
	}
	if s.Ring == nil {
		return seal.Rekeyed{}, errNoHome
	}
	return s.Ring.Rekey(ctx, to,
		seal.Shelf{Dir: fob.Dir(paths.Tokens(s.State)), Reseal: seal.Record},
		seal.Shelf{Dir: fob.Dir(paths.Stored(s.State)), Reseal: stored.Reseal})
}
