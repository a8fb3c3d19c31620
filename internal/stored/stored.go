// Package stored keeps what other tools give to keep, for a host that no profile serves: what docker login reads, or what git says by store.
package stored

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sort"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
)

// Place is where a credential goes, and whose it is: one tool's credentials are no other's.
type Place struct {
	Tool   string // "git", "docker", …
	Server string // as the tool names it, or its origin and path
}

// Several is the tool of which a place may have several users. Of any other, each credential takes the place of the one before.
const Several = "git"

// Credential is a user name and a secret for a place.
type Credential struct {
	Place
	Username string
	Secret   fob.Secret
	Refresh  fob.Secret // the refresh token that came along
	AuthType string     // "Bearer", …: Secret is what follows it in the header, and no password
	Expiry   time.Time  // of Secret, in whole seconds; zero: none
	Kept     time.Time  // when it was put; zero: nobody knows
}

func (c Credential) isExpired() bool { return !c.Expiry.IsZero() && !time.Now().Before(c.Expiry) }

// isNews reports whether c says anything that old does not.
func (c Credential) isNews(old Credential) bool {
	return c.Secret != old.Secret || c.Refresh != old.Refresh || c.AuthType != old.AuthType || !c.Expiry.Equal(old.Expiry) || c.Username != old.Username
}

// prefix begins the name of every record.
const prefix = "s1-"

// IsRecord reports whether a record of that name is one of this package.
func IsRecord(name string) bool { return strings.HasPrefix(name, prefix) }

// name is the record of p: a hash, since a server's name may hold any character. Docker's are named as when there were no others.
func (p Place) name() string {
	text := p.Tool + "\n" + p.Server
	if p.Tool == "docker" {
		text = p.Server
	}
	return prefix + digest(text)
}

// name is the record of c.
func (c Credential) name() string {
	if c.Tool == Several {
		return c.Place.name() + "-" + digest(c.Username)[:32]
	}
	return c.Place.name()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Shelf keeps credentials in Store, each sealed by Sealer.
type Shelf struct {
	Store  fob.Store
	Sealer fob.Sealer
}

// lock takes the lock of a record, if Store has locks, so that a change of the sealing key neither misses what is put nor brings
// back what is deleted.
func (s Shelf) lock(ctx context.Context, name string) (unlock func(), err error) {
	if l, ok := s.Store.(fob.Locker); ok {
		return l.Lock(ctx, name)
	}
	return func() {}, nil
}

// Put keeps c, in place of what was kept for its place, and user where there may be several. What is kept already is not written again.
func (s Shelf) Put(ctx context.Context, c Credential) error {
	c.Kept = time.Now()
	if s.has(ctx, c) {
		return nil
	}
	unlock, err := s.lock(ctx, c.name())
	if err != nil {
		return err
	}
	defer unlock()
	data, err := s.encode(c)
	if err != nil {
		return err
	}
	return s.Store.Put(ctx, c.name(), data)
}

// has reports whether c is what is kept, and what its place has last been given.
func (s Shelf) has(ctx context.Context, c Credential) bool {
	found, err := s.find(ctx, c.Place, "")
	if err != nil || len(found) == 0 || found[0].Username != c.Username {
		return false
	}
	old, err := s.open(found[0])
	return err == nil && !c.isNews(old)
}

// Get returns what is kept for a place and, unless that is empty, a user: of several the one that was put last. It is fob.ErrNotFound if there is
// none that suits, which may be nil. What has expired is forgotten; a refresh token that came with it is returned without it.
func (s Shelf) Get(ctx context.Context, p Place, username string, suits func(Credential) bool) (Credential, error) {
	found, err := s.find(ctx, p, username)
	if err != nil {
		return Credential{}, err
	}
	for _, r := range found {
		switch {
		case suits != nil && !suits(r.Credential):
		case r.isExpired() && r.sealedRefresh == "":
			if err := s.forget(ctx, r.Credential); err != nil {
				return Credential{}, err
			}
		default:
			return s.valid(r)
		}
	}
	return Credential{}, fob.ErrNotFound
}

// valid is what r holds, without a secret that has expired.
func (s Shelf) valid(r record) (Credential, error) {
	c, err := s.open(r)
	if c.isExpired() {
		c.Secret, c.AuthType, c.Expiry = "", "", time.Time{}
	}
	return c, err
}

// Delete forgets what is kept for a place and, unless that is empty, a user, and reports whether there was anything. Of a secret that is not nil
// it leaves any other.
func (s Shelf) Delete(ctx context.Context, p Place, username string, secret *fob.Secret) (found bool, err error) {
	all, err := s.find(ctx, p, username)
	if err != nil && secret == nil { // what cannot be read can be removed
		all, err = []record{{Credential: Credential{Place: p, Username: username}}}, nil
	}
	for _, r := range all {
		if secret != nil {
			if c, err := s.open(r); err != nil || c.Secret != *secret {
				continue
			}
		}
		if err := s.forget(ctx, r.Credential); err != nil {
			return true, err
		}
		found = true
	}
	return found, err
}

func (s Shelf) forget(ctx context.Context, c Credential) error { return s.remove(ctx, c.name()) }

func (s Shelf) remove(ctx context.Context, name string) error {
	unlock, err := s.lock(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	return s.Store.Delete(ctx, name)
}

// Clear forgets everything, what cannot be read included, and returns how many there were.
func (s Shelf) Clear(ctx context.Context) (n int, err error) {
	l, ok := s.Store.(fob.Lister)
	if !ok {
		return 0, nil
	}
	names, err := l.List(ctx)
	for _, name := range names {
		if !IsRecord(name) {
			continue
		}
		if err := s.remove(ctx, name); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

// find reads what is kept for a place and, unless that is empty, a user; what was put last comes first.
func (s Shelf) find(ctx context.Context, p Place, username string) ([]record, error) {
	if p.Tool == Several && username == "" {
		return s.all(ctx, p.name()+"-")
	}
	name := Credential{Place: p, Username: username}.name()
	r, err := s.read(ctx, name)
	switch {
	case errors.Is(err, fob.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []record{r}, nil
}

// List returns what is kept, without the secrets. What cannot be read is left out.
func (s Shelf) List(ctx context.Context) ([]Credential, error) {
	records, err := s.all(ctx, prefix)
	var all []Credential
	for _, r := range records {
		all = append(all, r.Credential)
	}
	return all, err
}

// all reads the records whose names begin so; what was put last comes first. What cannot be read is left out.
func (s Shelf) all(ctx context.Context, prefix string) ([]record, error) {
	l, ok := s.Store.(fob.Lister)
	if !ok {
		return nil, nil
	}
	names, err := l.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []record
	for _, n := range names {
		if !strings.HasPrefix(n, prefix) {
			continue
		}
		if r, err := s.read(ctx, n); err == nil {
			all = append(all, r)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Kept.After(all[j].Kept) })
	return all, nil
}

// read reads a record. One that lies under another's name is lines.ErrCorrupt: it would go to the other's place.
func (s Shelf) read(ctx context.Context, name string) (record, error) {
	data, err := s.Store.Get(ctx, name)
	if err != nil {
		return record{}, err
	}
	r, err := decode(data)
	if err == nil && r.name() != name {
		err = lines.ErrCorrupt
	}
	return r, err
}
