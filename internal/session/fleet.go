package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/oauth"
)

// fleet is where the profiles that say the same of their store keep their tokens, and share them with all machines that say so too.
type fleet struct {
	of    *config.Profile // one of them
	cache *fob.Cache
	store *lazy
}

// fleetOf is c's. Nothing is opened. The caller holds mu.
func (s *Session) fleetOf(c *config.Profile) *fleet {
	if i := slices.IndexFunc(s.fleets, func(f *fleet) bool { return f.of.SharesStore(c) }); i >= 0 {
		return s.fleets[i]
	}
	f := &fleet{of: c}
	f.store = &lazy{turn: make(chan struct{}, 1), open: func(ctx context.Context) (*redis.Store, error) { return f.open(ctx, s) }}
	f.cache = &fob.Cache{Store: f.store, OneShot: s.Cache.OneShot, Trace: s.Cache.Trace}
	f.cache.Trace.Warning = s.unlessUnopened
	s.fleets = append(s.fleets, f)
	return f
}

// open reads the store's secrets. The store connects when it is first asked for something.
func (f *fleet) open(ctx context.Context, s *Session) (*redis.Store, error) {
	o := redis.Options{URL: string(f.of.Store), Warning: func(err error) { s.warn("", f.trouble(err)) }}
	if s.State != "" {
		o.Local = fob.Dir(paths.Fleet(s.State, f.id()))
	}
	var err error
	if o.Password, err = f.of.StorePassword.Secret(ctx); err != nil {
		return nil, err
	}
	if o.Keys, err = f.of.StoreKeys.Secret(ctx); err != nil {
		return nil, err
	}
	if o.TLS, err = trusting(f.of.StoreCAFile); err != nil {
		return nil, f.wrong("store_ca_file", err)
	}
	store, err := redis.Open(o)
	if bad := new(redis.OptionError); errors.As(err, &bad) {
		return nil, f.wrong(cmp.Or(keyOf[bad.Field], "store"), bad.Err)
	}
	return store, err
}

func (f *fleet) wrong(key string, err error) error {
	return &ProfileError{f.of.Name, &oauth.LocalError{What: key, Err: err}}
}

// id tells the directories of stores apart, whoever asks and with which password.
func (f *fleet) id() string {
	sum := sha256.Sum256([]byte(f.of.Store.Place()))
	return hex.EncodeToString(sum[:8])
}

func (s *Session) warn(name string, err error) {
	if told := s.Cache.Trace.Warning; told != nil {
		told(name, err)
	}
}

// unlessUnopened warns of trouble with a store, but for that which fails the mint too.
func (s *Session) unlessUnopened(name string, err error) {
	if !errors.As(err, new(*unopened)) {
		s.warn(name, err)
	}
}

// minting is a grant whose tokens are shared: a refresh token that comes along, though the client can do without, is not kept. With a store that cannot be opened for something written wrong here it gives none: each process
// would ask for its own, and nobody would know.
type minting struct {
	fob.Grant
	fleet *fleet
}

func (g minting) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if _, err := g.fleet.store.get(ctx); err != nil {
		return fob.Token{}, err
	}
	tok, err := g.Grant.Mint(ctx, last)
	tok.Refresh = ""
	return tok, err
}

// Fingerprint is the grant's.
func (g minting) Fingerprint(ctx context.Context) (fob.Secret, error) {
	if f, ok := g.Grant.(fob.Fingerprinter); ok {
		return f.Fingerprint(ctx)
	}
	return "", nil
}

var errAnonymous = errors.New("no JWT that names its issuer and subject, without whom its token is not shared")

// identified reports an error if what c's token is given for does not say whose it is: two machines would share what belongs to one.
func (s *Session) identified(c *config.Profile) error {
	for _, v := range c.Vouchers() {
		if v.Profile != "" {
			if err := s.identified(s.Config.Profiles[v.Profile]); err != nil {
				return err
			}
			continue
		}
		if err := identified(v); err != nil {
			return &oauth.LocalError{What: v.Key, Err: err}
		}
	}
	return nil
}

func identified(v config.Voucher) error {
	var unread *config.SecretError
	token, err := v.Secret(context.Background())
	switch {
	case errors.As(err, &unread):
		return fmt.Errorf("%s %s", unread.From, unread.Reason)
	case err == nil && claimsOf(token) == nil:
		return errAnonymous
	}
	return err
}
