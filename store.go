package fob

import (
	"context"
	"fmt"
	"strings"
)

// Store keeps opaque bytes by name. Names are made of the characters a-z, 0-9, '.', '_' and '-', begin with a letter and
// are at most 128 bytes long. A Store is safe for use by several goroutines and, if it outlives the process, by several
// processes: a reader sees one whole Put or another, never a mixture.
type Store interface {
	// Get returns what was last put under name, or ErrNotFound.
	Get(ctx context.Context, name string) ([]byte, error)
	// Put keeps data under name. When it returns nil, data survives a crash of the machine as far as the Store does.
	Put(ctx context.Context, name string, data []byte) error
	// Delete forgets name. A name that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// Locker is a Store that can make one process at a time mint.
type Locker interface {
	// Lock waits until it holds name's lock, or ctx ends; then it returns ctx's error. The lock is held until unlock is
	// called, and freed if its holder dies. Get, Put and Delete do not need it.
	Lock(ctx context.Context, name string) (unlock func(), err error)
}

// Leaser is a Store that several machines share. No operating system frees its locks, so that they end by themselves unless renewed, and can be
// lost while they are held. What a lease guards is fenced at the store, but not at the authorization server: a Cache keeps no
// refresh token in a Leaser.
type Leaser interface {
	// Lease waits until it holds name's lease, or ctx ends; then it returns ctx's error. It is renewed until Release, and ends by itself
	// soon after its holder dies.
	Lease(ctx context.Context, name string) (Lease, error)
}

// Lease is the right to mint a record's next token, and to write it.
type Lease interface {
	// Put is the Store's; with ErrLeaseLost, and without a change, if another has the lease by now, or has written since this one began.
	Put(ctx context.Context, data []byte) error
	// Lost is closed when another may have the lease: what was begun under it is in vain.
	Lost() <-chan struct{}
	// Release gives it back. A second time is no harm.
	Release()
}

// Watcher is a Store that tells what others do to the records that were read from it.
type Watcher interface {
	// Watch has changed called soon after a record that was read is written or deleted, by whomever; with an empty name if that may be so of each.
	// It goes on for the life of the Store. changed returns at once.
	Watch(changed func(name string))
}

// Lister is a Store that knows its names.
type Lister interface {
	// List returns every name, sorted.
	List(ctx context.Context) ([]string, error)
}

// Sealer encrypts long-lived secrets before they reach a Store. A sealed text is a single line without spaces.
type Sealer interface {
	// Seal encrypts plain so that Open opens it for this same binding only.
	Seal(plain Secret, b Binding) (string, error)
	// Open returns what was sealed. [ErrForeignKey]: under a key that this machine lacks; an error with Outcome Local besides says that
	// the key can be had again without a login. [ErrSeal]: changed, or bound to something else.
	Open(sealed string, b Binding) (Secret, error)
}

// Binding ties a sealed secret to the place it was sealed for, so that it cannot be swapped with another or rolled back.
type Binding struct {
	Record     string // name of the record it lies in
	Field      string // which of the record's secrets it is
	Generation uint64 // the record's generation: one more at each write
}

const nameBytes = "abcdefghijklmnopqrstuvwxyz0123456789._-"

// maxName is the longest name of a record, in bytes.
const maxName = 128

// CheckName returns an error for what is no record name, as each Store must; see there for the grammar. It is safe in every file system, whatever
// case it folds, and in every key-value store.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || name[0] < 'a' || name[0] > 'z' || strings.TrimLeft(name, nameBytes) != "" {
		return fmt.Errorf("%q is no record name", name)
	}
	return nil
}
