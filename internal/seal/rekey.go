package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// Shelf is a directory of records with sealed secrets.
type Shelf struct {
	Dir fob.Dir

	// Reseal returns data, the record of that name, with what from opens sealed by to; nil if to opens all of it already.
	Reseal func(name string, data []byte, from, to fob.Sealer) ([]byte, error)
}

// Rekeyed is what Rekey did.
type Rekeyed struct {
	Place  Place // where the new key lies
	Sealed int   // so many records anew
	Left   []error
	Kept   error // of the old keys in the keyring: why one could not be deleted, and stays listed. Nil: none
}

// RecordError is a record that could not be sealed anew, and was left as it is.
type RecordError struct {
	Name string
	Err  error
}

func (e *RecordError) Error() string { return "record " + e.Name + ": " + e.Err.Error() }
func (e *RecordError) Unwrap() error { return e.Err }

// LockedError is a lock that another process held for as long as Rekey waits for one.
type LockedError struct {
	Path string // of the lock file
	Err  error
}

func (e *LockedError) Error() string { return "another process has held its lock for a minute" }
func (e *LockedError) Unwrap() error { return e.Err }

// rekeyPatience is longer than a mint takes, or a change of the list.
const rekeyPatience = time.Minute

// Rekey makes a new key at to, seals the records of shelves anew under it and deletes the old keys. If to is None, the new key goes to where
// the old one lies, or where Choose would put a first one. Other processes may go on reading and writing meanwhile.
//
// The old keys stay listed as long as a record is left that could not be sealed anew, or if this ends half way: Rekey may be called again.
// A lock that somebody holds for a minute is a *LockedError: of another Rekey, or of a record, which is left then. A *KeyringError is a keyring that does not give the key that seals now, or does not take the new one.
func (r *Ring) Rekey(ctx context.Context, to Place, shelves ...Shelf) (Rekeyed, error) {
	unlock, err := r.await(ctx, filepath.Dir(r.Path), listLock)
	if err != nil {
		return Rekeyed{}, fmt.Errorf("sealing key: %w", err)
	}
	defer unlock()
	old, err := r.openable()
	if err != nil {
		return Rekeyed{}, err
	}
	next, err := r.successor(ctx, to, old)
	if err != nil {
		return Rekeyed{}, err
	}
	if err := r.write(append([]ref{next}, old...)); err != nil {
		return Rekeyed{}, err
	}
	done := Rekeyed{Place: next.place()}
	if err := r.reseal(ctx, next, shelves, &done); err != nil || len(done.Left) > 0 {
		return done, err
	}
	old, done.Kept = r.discard(ctx, old)
	return done, r.write(append([]ref{next}, old...))
}

// await takes the lock of name in dir.
func (r *Ring) await(ctx context.Context, dir, name string) (unlock func(), err error) {
	path := filepath.Join(dir, name+".lock")
	if r.Waiting != nil {
		defer r.Waiting(path)()
	}
	waiting, cancel := context.WithTimeout(ctx, rekeyPatience)
	defer cancel()
	unlock, err = fob.Dir(dir).Lock(waiting, name)
	if err != nil && ctx.Err() == nil && waiting.Err() != nil {
		err = &LockedError{path, err}
	}
	return unlock, err
}

// openable is the list, empty if there is none, whose first key can be had.
func (r *Ring) openable() ([]ref, error) {
	refs, err := r.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		_, err = r.key(refs[0])
	}
	return refs, err
}

// successor makes the key that comes before old.
func (r *Ring) successor(ctx context.Context, to Place, old []ref) (ref, error) {
	switch {
	case to != None:
		return r.make(ctx, to)
	case len(old) > 0:
		return r.make(ctx, old[0].place())
	}
	f, _, err := r.first(ctx)
	return f, err
}

// discard deletes old keys from the keyring and returns those that it could not.
func (r *Ring) discard(ctx context.Context, old []ref) (left []ref, err error) {
	for _, f := range old {
		if f.key != nil {
			continue // it goes with its line
		}
		if failed := r.Keyring.Delete(ctx, service+f.id); failed != nil {
			left, err = append(left, f), &KeyringError{failed}
		}
	}
	return left, err
}

func (r *Ring) reseal(ctx context.Context, next ref, shelves []Shelf, done *Rekeyed) error {
	to, err := r.key(next)
	if err != nil {
		return err
	}
	for _, s := range shelves {
		names, err := s.names()
		if err != nil {
			return err
		}
		for _, name := range names {
			err := s.reseal(ctx, name, r, to, done)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case err != nil:
				done.Left = append(done.Left, &RecordError{name, err})
			}
		}
	}
	return nil
}

// names are those of all records, and of all that may be written yet under an old key: whoever seals one has locked it before, so that
// its lock file is there.
func (s Shelf) names() ([]string, error) {
	files, err := os.ReadDir(string(s.Dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, f := range files {
		name, record := strings.CutSuffix(f.Name(), ".rec")
		name, lock := strings.CutSuffix(name, ".lock")
		if aside := strings.HasSuffix(name, ".bad"); (record || lock) && !aside { // nobody reads what was set aside
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// reseal holds the record's lock, as whoever writes it does.
func (s Shelf) reseal(ctx context.Context, name string, r *Ring, to fob.Sealer, done *Rekeyed) error {
	unlock, err := r.await(ctx, string(s.Dir), name)
	if err != nil {
		return err
	}
	defer unlock()
	data, err := s.Dir.Get(ctx, name)
	if errors.Is(err, fob.ErrNotFound) {
		return nil
	}
	if err == nil {
		data, err = s.Reseal(name, data, r, to)
	}
	if err != nil || data == nil {
		return err
	}
	done.Sealed++
	return s.Dir.Put(ctx, name, data)
}
