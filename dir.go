package fob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/gofrs/flock"
)

// Dir is a Store in a directory, shared by all processes of one user: one file a record, mode 0600 in a directory of mode 0700,
// which is made when first written to, and whose path must be absolute. A record is replaced whole, by rename; its lock is a file beside it, which the
// operating system frees if the holder dies. Links and files of other users are refused.
type Dir string

const (
	recordSuffix = ".rec"
	lockSuffix   = ".lock"
	maxRecord    = 1 << 20

	// lockPoll is how often a waiter looks at a lock that another process holds: flock(2) cannot be waited for together with a ctx.
	lockPoll = 5 * time.Millisecond
)

// errTooLarge is returned for a record larger than any fob writes.
var errTooLarge = errors.New("record larger than 1 MiB")

// Get returns the record, or ErrNotFound. It takes no lock.
func (d Dir) Get(_ context.Context, name string) ([]byte, error) {
	path, err := d.path(name, recordSuffix)
	if err != nil {
		return nil, err
	}
	data, err := atomicfile.ReadOwn(path, maxRecord+1)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotFound
	case err == nil && len(data) > maxRecord:
		return nil, &fs.PathError{Op: "read", Path: path, Err: errTooLarge}
	}
	return data, err
}

// Put replaces the record and returns when it has reached the disk.
func (d Dir) Put(_ context.Context, name string, data []byte) error {
	path, err := d.path(name, recordSuffix)
	if err != nil {
		return err
	}
	if len(data) > maxRecord {
		return &fs.PathError{Op: "write", Path: path, Err: errTooLarge}
	}
	if err := atomicfile.MkdirAll(string(d)); err != nil {
		return err
	}
	return atomicfile.Write(path, data)
}

// Delete removes the record. Its lock file stays: whoever waits for it must not wait for a file that is no longer there.
func (d Dir) Delete(_ context.Context, name string) error {
	path, err := d.path(name, recordSuffix)
	if err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// List returns the names of all records, sorted. A directory that is not there has none.
func (d Dir) List(context.Context) ([]string, error) {
	files, err := os.ReadDir(string(d))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), recordSuffix); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Lock waits until it holds name's lock, or ctx ends.
func (d Dir) Lock(ctx context.Context, name string) (unlock func(), err error) {
	path, err := d.path(name, lockSuffix)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.MkdirAll(string(d)); err != nil {
		return nil, err
	}
	lock := flock.New(path, flock.SetFlag(lockFlags), flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, lockPoll); !ok {
		return nil, err
	}
	return func() { lock.Close() }, nil
}

// errRelative is returned for a Dir that would be another one in another working directory.
var errRelative = errors.New("directory of a store must be absolute")

// path is the file of name, which is checked: it must never leave the directory.
func (d Dir) path(name, suffix string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	if !filepath.IsAbs(string(d)) {
		return "", errRelative
	}
	return filepath.Join(string(d), name+suffix), nil
}
