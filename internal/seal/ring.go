package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/fobkit/fob"
)

// Keyring keeps secrets by name, SERVICE/ACCOUNT; cache/keyring does. Secret returns fob.ErrNotFound for what is not there,
// which Delete takes for done.
type Keyring interface {
	Secret(ctx context.Context, name string) (fob.Secret, error)
	Set(ctx context.Context, name string, value fob.Secret) error
	Delete(ctx context.Context, name string) error
}

// service is whose keys they are in the keyring. Each lies there under its id.
const service = "fob/"

// KeyringError is why a sealing key cannot be had from the keyring, or kept in it. What is sealed under it is as foreign as
// under a key that is not here: left alone.
type KeyringError struct{ Err error }

func (e *KeyringError) Error() string { return "sealing key: " + e.Err.Error() }
func (e *KeyringError) Unwrap() error { return e.Err }

// Outcome is fob.Local: the keyring can be unlocked, and no login is needed.
func (e *KeyringError) Outcome() fob.Outcome { return fob.Local }

// FileError is why the list of keys cannot be read. It names the file.
type FileError struct{ Err error }

func (e *FileError) Error() string { return e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

// Outcome is fob.Local: the file can be mended, and no login is needed.
func (e *FileError) Outcome() fob.Outcome { return fob.Local }

// Ring seals under the first key of the list in a file, and opens what is sealed under any of them. A key lies in the file
// itself or, where the list says so, in the keyring; if it cannot be had there, nothing else takes its place. The first key is made,
// in the file, when something is to be sealed: no keyring is asked behind anyone's back.
type Ring struct {
	Path    string // of the list; its directory is made if need be
	Keyring Keyring

	// Waiting is told of each lock file that Rekey is about to wait for, and over of the end of that, which mostly is at once. Nil: nobody is.
	Waiting func(path string) (over func())

	mu    sync.Mutex
	had   map[string]*Key // by id, from the keyring
	down  error           // what is wrong with the keyring
	until time.Time       // it is not asked again before
}

var _ fob.Sealer = (*Ring)(nil)

const (
	// keyringPause is how long a keyring that failed is left alone: it may take seconds to fail, and a person to mend it.
	keyringPause = time.Minute

	// lockPatience is longer than whoever makes a key takes to try the keyring.
	lockPatience = 15 * time.Second

	// lockGlance is how long it is waited for at a time.
	lockGlance = 100 * time.Millisecond
)

// Seal encrypts plain for the place b, under the key that is first at this moment. A *KeyringError is a key that cannot be had.
func (r *Ring) Seal(plain fob.Secret, b fob.Binding) (string, error) {
	refs, err := r.begun()
	if err != nil {
		return "", err
	}
	k, err := r.key(refs[0])
	if err != nil {
		return "", err
	}
	return k.Seal(plain, b)
}

// begun returns the list, as it is at this moment, since another process may have made a new key; one with a new key if there is none. It
// looks for a list while it waits for the lock: Rekey, which holds it, has written one and waits for the record of whoever is here.
func (r *Ring) begun() (refs []ref, err error) {
	for start := time.Now(); time.Since(start) < lockPatience; {
		if refs, err = r.read(); !errors.Is(err, fs.ErrNotExist) {
			return refs, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), lockGlance)
		refs, err = r.begin(ctx, func() (ref, error) { return refOf(NewKey()), nil })
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			return refs, err
		}
	}
	return nil, err
}

func refOf(k *Key) ref { return ref{k.id, k} }

// begin returns the list, which begins with what first makes unless there is one.
func (r *Ring) begin(ctx context.Context, first func() (ref, error)) ([]ref, error) {
	unlock, err := r.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if refs, err := r.read(); !errors.Is(err, fs.ErrNotExist) {
		return refs, err // another process was faster
	}
	f, err := first()
	if err != nil {
		return nil, err
	}
	return []ref{f}, r.write([]ref{f})
}

// Open returns what was sealed for b, or fob.ErrSeal. The error is fob.ErrForeignKey if the key is on no list, and a
// *KeyringError or *FileError besides if it cannot be had.
func (r *Ring) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	obj, err := parse(sealed)
	if err != nil {
		return "", err
	}
	k, err := r.find(obj.Header.KeyID)
	switch {
	case errors.Is(err, fob.ErrForeignKey):
		return "", err
	case err != nil:
		return "", fmt.Errorf("%w: %w", fob.ErrForeignKey, err)
	}
	return k.open(obj, b)
}

// find is the key of that id, if it is listed.
func (r *Ring) find(id string) (*Key, error) {
	if k := r.known(id); k != nil {
		return k, nil
	}
	refs, err := r.read() // again: another process may have made a new key
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &FileError{err}
	}
	for _, f := range refs {
		if f.id == id {
			return r.key(f)
		}
	}
	return nil, fob.ErrForeignKey
}

func (r *Ring) known(id string) *Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.had[id]
}

// key is the key that f stands for. While the keyring is asked mu is held, since whoever comes meanwhile needs the same answer.
func (r *Ring) key(f ref) (*Key, error) {
	if f.key != nil {
		return f.key, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.had[f.id]; k != nil {
		return k, nil
	}
	if time.Now().Before(r.until) {
		return nil, &KeyringError{r.down}
	}
	k, err := fetch(context.Background(), r.Keyring, f.id) // which bounds itself
	switch {
	case err == nil:
		r.keep(k)
		return k, nil
	case err != ErrGone && err != errOther: // which say nothing of the keyring's other keys
		r.down, r.until = err, time.Now().Add(keyringPause)
	}
	return nil, &KeyringError{err}
}

// keep has the caller, who holds mu, ask the keyring for k no more.
func (r *Ring) keep(k *Key) {
	if r.had == nil {
		r.had = make(map[string]*Key)
	}
	r.had[k.id] = k
}

// ErrGone is in a *KeyringError for a key that somebody has removed from the keyring.
var ErrGone = errors.New("not in the keyring any more")

var errOther = errors.New("the keyring has another under its name")

// fetch reads the key of that id from the keyring.
func fetch(ctx context.Context, from Keyring, id string) (*Key, error) {
	text, err := from.Secret(ctx, service+id)
	switch {
	case errors.Is(err, fob.ErrNotFound):
		return nil, ErrGone
	case err != nil:
		return nil, err
	}
	k, err := ParseKey(text)
	if err != nil || k.id != id {
		return nil, errOther
	}
	return k, nil
}

// Place is where the key lies that seals, and which it is. The keyring is not asked.
func (r *Ring) Place() (where Place, id string, err error) {
	refs, err := r.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return None, "", nil
	case err != nil:
		return None, "", err
	}
	return refs[0].place(), refs[0].id, nil
}
