package main

import (
	"context"
	"errors"

	"github.com/fobkit/fob/cache/keyring"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/session"
)

// settleSeal has the sealing key chosen before a login, whose tokens could not be kept without it. Trouble with its file is
// told when there is something to seal.
func (a *app) settleSeal(ctx context.Context, s *session.Session) error {
	if s.Ring == nil {
		return nil
	}
	unfit, err := s.Ring.Choose(ctx)
	if unfit != nil && err == nil && !errors.Is(unfit, keyring.ErrNone) {
		a.log.Warn(unfit.Error() + "; it is made in a file instead")
	}
	if errors.As(err, new(*seal.KeyringError)) {
		return err
	}
	return nil
}

// sealedBy ends the line on where p's token is kept, if something of it is sealed.
func sealedBy(ctx context.Context, s *session.Session, p *session.Profile) string {
	if s.Ring == nil || p.Shared() {
		return ""
	}
	data, err := s.Cache.Store.Get(ctx, p.Key.Name())
	if err != nil {
		return ""
	}
	r, err := record.Decode(data)
	if err != nil || len(r.Sealed) == 0 {
		return ""
	}
	place, _, err := s.Ring.Place()
	if err != nil {
		return ""
	}
	return ", sealed by " + keyIn(s, place)
}

// keyIn names the sealing key by its place, for people.
func keyIn(s *session.Session, place seal.Place) string {
	if place == seal.InKeyring {
		return "the keyring"
	}
	return "the key file " + s.Ring.Path
}

// sealing is where the sealing key lies, and which it is, as status shows it.
type sealing struct {
	Place seal.Place `json:"sealing"`
	Key   string     `json:"sealing_key,omitempty"`
}

func sealingOf(s *session.Session) (sealing, error) {
	if s.Ring == nil {
		return sealing{Place: seal.None}, nil
	}
	place, id, err := s.Ring.Place()
	return sealing{place, id}, err
}
