package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"time"

	"github.com/fobkit/fob"
)

// probeTime bounds the whole trial of a keyring.
const probeTime = 3 * time.Second

// Choose settles where the sealing key lies, if that is still open: in the keyring if that stands a trial, else in the file. It is
// for a login, when somebody is there. unfit is why it is not the keyring that was chosen just now. A choice made before stays as it is, and
// err is a *KeyringError if its key cannot be had.
func (r *Ring) Choose(ctx context.Context) (unfit, err error) {
	refs, err := r.read()
	if errors.Is(err, fs.ErrNotExist) {
		refs, err = r.begin(ctx, func() (f ref, err error) {
			f, unfit, err = r.first(ctx)
			return f, err
		})
	}
	if err != nil {
		return unfit, err
	}
	_, err = r.key(refs[0])
	return unfit, err
}

// first makes a key in the keyring, or, where that is unfit, one for the file.
func (r *Ring) first(ctx context.Context) (f ref, unfit, err error) {
	if f, unfit = r.make(ctx, InKeyring); unfit == nil || ctx.Err() != nil {
		return f, unfit, context.Cause(ctx)
	}
	f, err = r.make(ctx, InFile)
	return f, unfit, err
}

// make makes a key at that place. A *KeyringError is a keyring that does not stand the trial.
func (r *Ring) make(ctx context.Context, at Place) (ref, error) {
	k := NewKey()
	if at == InFile {
		return refOf(k), nil
	}
	if err := r.deposit(ctx, k); err != nil {
		return ref{}, &KeyringError{err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(k)
	return ref{id: k.id}, nil
}

func (r *Ring) deposit(ctx context.Context, k *Key) error {
	if err := probe(ctx, r.Keyring); err != nil {
		return err
	}
	if err := r.Keyring.Set(ctx, service+k.id, k.Text()); err != nil {
		return err
	}
	_, err := fetch(ctx, r.Keyring, k.id)
	if err != nil {
		r.Keyring.Delete(ctx, service+k.id) // if it can: nobody will ask for it
	}
	return err
}

// probe writes, reads and deletes a value that nobody needs. A keyring that is there may still be locked, or keep nothing.
func probe(ctx context.Context, k Keyring) error {
	ctx, cancel := context.WithTimeoutCause(ctx, probeTime, errSlow)
	defer cancel()
	name, value := service+"probe-"+rand.Text(), fob.Secret(rand.Text())
	if err := k.Set(ctx, name, value); err != nil {
		return err
	}
	got, err := k.Secret(ctx, name)
	if err == nil && got != value {
		err = errOther
	}
	if gone := k.Delete(ctx, name); err == nil {
		err = gone
	}
	return err
}

var errSlow = errors.New("keyring does not answer")
