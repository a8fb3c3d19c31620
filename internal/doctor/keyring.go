package doctor

import (
	"context"
	"errors"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/keyring"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/seal"
)

// ring is the list of sealing keys; nil: there is no place for one.
func (p *Patient) ring() *seal.Ring {
	data := paths.Data(p.getenv)
	if data == "" {
		return nil
	}
	return &seal.Ring{Path: paths.SealingKey(data), Keyring: keyring.Keyring{}}
}

// checkKeyring asks for something that is not there, for three seconds at most. Nothing is written: some systems ask whoever sits there.
func checkKeyring(ctx context.Context, p *Patient) Results {
	_, err := (keyring.Keyring{}).Secret(ctx, "fob/doctor")
	if err == nil || errors.Is(err, fob.ErrNotFound) {
		return ok("it answers")
	}
	wanted := p.needsKeyring()
	switch {
	case wanted != "":
		return fail(err.Error()+", and "+wanted+" lies there", unlock(err))
	case errors.Is(err, keyring.ErrNone):
		return skip("there is none in this session: the sealing key lies in a file")
	}
	return warn(err.Error()+": the next sealing key would lie in a file", unlock(err))
}

// needsKeyring says what lies in the keyring; empty: nothing that fob knows of.
func (p *Patient) needsKeyring() string {
	if ring := p.ring(); ring != nil {
		if place, _, err := ring.Place(); err == nil && place == seal.InKeyring {
			return "the sealing key"
		}
	}
	for _, r := range p.references() {
		if r.Keyring != "" {
			return r.key + " of profile " + r.profile
		}
	}
	return ""
}

// unlock is the command that has a keyring answer.
func unlock(err error) string {
	if errors.Is(err, keyring.ErrNone) {
		return `eval "$(gnome-keyring-daemon --start --components=secrets)"`
	}
	return openKeyring
}
