// Package redis is a store of tokens that many machines share, in Redis from version 6 on, or Valkey: one of them mints, and
// all the others learn of the new token at once, by RESP3's own tracking of what they have read.
//
//	store, err := redis.Open(redis.Options{URL: "rediss://fob@redis.example", Password: password, Keys: keys, Local: fob.Dir(dir)})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	cache := &fob.Cache{Store: store}
//
// Each record is sealed (JWE, A256GCM) under keys that the machines share and Redis never sees: what lies there are hashes for names, and
// sealed text. While Redis is away a machine lives by the copies in Local, and mints for itself once they have expired.
//
// A user of the server needs no more than this. Keys and channels of others are out of its reach:
//
//	ACL SETUSER fob on >PASSWORD resetchannels ~fob:* +ping +select +scan +hmget +hget +hexists +hset +hdel +get +set +del +pttl +pexpire +time +eval +evalsha +client|tracking
package redis

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/tier"
)

// Options say which server it is, and how a machine gets on without it. URL and Keys must be set.
type Options struct {
	// URL is redis://, rediss:// (TLS), valkey:// or valkeys:// with [USER[:PASSWORD]@]HOST[:PORT][/DATABASE], or
	// unix://[USER[:PASSWORD]@]/PATH[?db=DATABASE]. A password goes in the clear to loopback and to sockets only.
	URL string

	// Password is the user's, in place of the URL's. Empty: that one.
	Password fob.Secret

	// Keys are those of [NewKey], one a line, the same on each machine. The first seals, and all open.
	Keys fob.Secret

	// TLS is for rediss and valkeys only. Nil: the system's authorities.
	TLS *tls.Config

	// Local keeps sealed copies for when the server is away, and the lock that lets one process of this machine at a time ask for a token. It is for this
	// store alone: a fob.Dir of its own, say. Nil: each process for itself, in memory.
	Local fob.Store

	// Prefix is what the names of all keys at the server begin with. Empty: "fob:".
	Prefix string

	// Warning is told, once, when the server is away, or has what cannot be opened here. Nil: nobody.
	Warning func(error)
}

// Store keeps records in Redis. It is a fob.Leaser, Locker, Watcher, Lister and Sealer besides.
type Store struct {
	tier *tier.Store
	far  *driver
}

var _ interface {
	fob.Store
	fob.Locker
	fob.Leaser
	fob.Watcher
	fob.Lister
	fob.Sealer
} = (*Store)(nil)

// NewKey makes a key for [Options].Keys at random.
func NewKey() fob.Secret { return seal.NewKey().Text() }

// Open makes no connection: the first use does, and each after it while the server is away. Errors are *OptionError.
func Open(o Options) (*Store, error) {
	server, err := o.server()
	if err != nil {
		return nil, err
	}
	keys, err := seal.ParseKeys(o.Keys)
	if err != nil {
		return nil, &OptionError{fieldKeys, err}
	}
	far := &driver{link: &link{server: server}, prefix: cmp.Or(o.Prefix, "fob:")}
	far.link.name = far.name
	if server.tls {
		far.link.tls = trust(o.TLS, server.host)
	}
	return &Store{&tier.Store{Far: far, Near: o.Local, Sealer: keys, Holder: me(), Warning: o.Warning}, far}, nil
}

// trust is config for a server of that name.
func trust(config *tls.Config, host string) *tls.Config {
	if config == nil {
		config = new(tls.Config)
	}
	config = config.Clone()
	config.ServerName = cmp.Or(config.ServerName, host)
	return config
}

var (
	errClear    = errors.New("a password in the clear goes to loopback and sockets only: rediss and valkeys are with TLS")
	errTwice    = errors.New("the URL has one too")
	errNeedsTLS = errors.New("only for rediss and valkeys")
)

// server is whom the options name.
func (o Options) server() (address, error) {
	a, err := parseURL(o.URL)
	switch {
	case err != nil:
		return address{}, &OptionError{fieldURL, err}
	case o.Password != "" && a.password != "":
		return address{}, &OptionError{fieldPassword, errTwice}
	case o.TLS != nil && !a.tls:
		return address{}, &OptionError{fieldTLS, errNeedsTLS}
	}
	a.password = cmp.Or(o.Password, a.password)
	if a.password != "" && !a.private() {
		return address{}, &OptionError{fieldURL, errClear}
	}
	return a, nil
}

// Get returns the record, or fob.ErrNotFound. While the server is away it is this machine's copy.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) { return s.tier.Get(ctx, name) }

// Put writes the record for all machines, or, while the server is away, for this one.
func (s *Store) Put(ctx context.Context, name string, data []byte) error {
	return s.tier.Put(ctx, name, data)
}

// Delete forgets the record on all machines. If the server is away it is forgotten on this one, and the error says so.
func (s *Store) Delete(ctx context.Context, name string) error { return s.tier.Delete(ctx, name) }

// List returns the names of all records, sorted. It has the server look through all its keys, whosever they are.
func (s *Store) List(ctx context.Context) ([]string, error) { return s.tier.List(ctx) }

// Lock is Lease for those who do not ask whether it was lost.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	return s.tier.Lock(ctx, name)
}

// Lease waits until this machine has the lease of name, and no other process of it. It lasts until Release, and for at most 1.5 s after
// its holder has died. While the server is away it is this machine's alone.
func (s *Store) Lease(ctx context.Context, name string) (fob.Lease, error) {
	return s.tier.Lease(ctx, name)
}

// Watch has changed called when a record that was read here changes on any machine; with an empty name after the server was away, or has
// forgotten everything.
func (s *Store) Watch(changed func(name string)) { s.tier.Watch(changed) }

// Seal seals under the first key.
func (s *Store) Seal(plain fob.Secret, b fob.Binding) (string, error) { return s.tier.Seal(plain, b) }

// Open opens what was sealed under any of the keys.
func (s *Store) Open(sealed string, b fob.Binding) (fob.Secret, error) { return s.tier.Open(sealed, b) }

// Close ends the connection; for that it waits at most a second or so. The Store must not be used any more.
func (s *Store) Close() {
	s.tier.Close()
	s.far.Close()
}
