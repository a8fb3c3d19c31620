// Package stored keeps what a person typed into another tool, docker login say, for a host that no profile serves.
package stored

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
)

// Credential is a user name and a secret for a server.
type Credential struct {
	Server   string // as the tool names it
	Username string
	Secret   fob.Secret
}

// Shelf keeps credentials in Store, each sealed by Sealer.
type Shelf struct {
	Store  fob.Store
	Sealer fob.Sealer
}

const (
	kind        = "fob-stored"
	version     = 1
	secretKey   = "secret.jwe"
	secretField = "secret"
)

// prefix begins the name of every record.
const prefix = "s1-"

// name is the record of a server: a hash, since a server's name may hold any character.
func name(server string) string {
	sum := sha256.Sum256([]byte(server))
	return prefix + hex.EncodeToString(sum[:])
}

// IsRecord reports whether a record of that name is one of this package.
func IsRecord(name string) bool { return strings.HasPrefix(name, prefix) }

// place is where a server's secret is sealed for. A credential is replaced whole, and so has no generations.
func place(server string) fob.Binding { return fob.Binding{Record: name(server), Field: secretField} }

// lock takes the lock of server's record, if Store has locks, so that a change of the sealing key neither misses what is put nor brings
// back what is deleted.
func (s Shelf) lock(ctx context.Context, server string) (unlock func(), err error) {
	if l, ok := s.Store.(fob.Locker); ok {
		return l.Lock(ctx, name(server))
	}
	return func() {}, nil
}

// Put keeps c, in place of what was kept for its server.
func (s Shelf) Put(ctx context.Context, c Credential) error {
	unlock, err := s.lock(ctx, c.Server)
	if err != nil {
		return err
	}
	defer unlock()
	sealed, err := s.Sealer.Seal(c.Secret, place(c.Server))
	if err != nil {
		return err
	}
	data, err := lines.Encode(kind, version, []lines.Line{
		{Key: "server", Value: c.Server}, {Key: "username", Value: c.Username}, {Key: secretKey, Value: sealed},
	})
	if err != nil {
		return err
	}
	return s.Store.Put(ctx, name(c.Server), data)
}

// Get returns what is kept for server, or fob.ErrNotFound.
func (s Shelf) Get(ctx context.Context, server string) (Credential, error) {
	c, sealed, err := s.read(ctx, name(server))
	if err != nil {
		return Credential{}, err
	}
	c.Secret, err = s.Sealer.Open(sealed, place(server))
	return c, err
}

// Delete forgets what is kept for server, and reports whether there was anything.
func (s Shelf) Delete(ctx context.Context, server string) (found bool, err error) {
	if _, err = s.Store.Get(ctx, name(server)); errors.Is(err, fob.ErrNotFound) {
		return false, nil
	}
	unlock, err := s.lock(ctx, server)
	if err != nil {
		return true, err
	}
	defer unlock()
	return true, s.Store.Delete(ctx, name(server))
}

// List returns what is kept, without the secrets. What cannot be read is left out.
func (s Shelf) List(ctx context.Context) ([]Credential, error) {
	l, ok := s.Store.(fob.Lister)
	if !ok {
		return nil, nil
	}
	names, err := l.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []Credential
	for _, n := range names {
		if c, _, err := s.read(ctx, n); err == nil && name(c.Server) == n {
			all = append(all, c)
		}
	}
	return all, nil
}

func (s Shelf) read(ctx context.Context, name string) (c Credential, sealed string, err error) {
	data, err := s.Store.Get(ctx, name)
	if err != nil {
		return c, "", err
	}
	ls, err := lines.Decode(kind, version, data)
	for _, l := range ls {
		switch l.Key {
		case "server":
			c.Server = l.Value
		case "username":
			c.Username = l.Value
		case secretKey:
			sealed = l.Value
		}
	}
	return c, sealed, err
}
