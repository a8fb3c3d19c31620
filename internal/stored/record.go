package stored

import (
	"strconv"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
)

// A record is a file of internal/lines. Change the version when, and only when, what a line means changes.
const (
	kind    = "fob-stored"
	version = 1
)

// The keys of lines. One that ends in sealedSuffix holds a JWE, whose field is what stands before it.
const (
	toolKey      = "tool" // none: docker, which was there before the others
	serverKey    = "server"
	usernameKey  = "username"
	authTypeKey  = "authtype"
	expiryKey    = "expiry"
	keptKey      = "kept_ms"
	secretField  = "secret"
	refreshField = "refresh"
	sealedSuffix = ".jwe"
)

// record is a credential as it lies there, its secrets sealed.
type record struct {
	Credential                         // without secrets
	sealedSecret, sealedRefresh string // empty: nothing was sealed
}

// encode seals and writes c.
func (s Shelf) encode(c Credential) ([]byte, error) {
	secret, err := s.seal(c, secretField, c.Secret)
	if err != nil {
		return nil, err
	}
	refresh, err := s.seal(c, refreshField, c.Refresh)
	if err != nil {
		return nil, err
	}
	ls := []lines.Line{{Key: serverKey, Value: c.Server}, {Key: usernameKey, Value: c.Username}}
	add := func(key, value string) {
		if value != "" {
			ls = append(ls, lines.Line{Key: key, Value: value})
		}
	}
	add(toolKey, c.Tool)
	add(authTypeKey, c.AuthType)
	if !c.Expiry.IsZero() {
		add(expiryKey, strconv.FormatInt(c.Expiry.Unix(), 10))
	}
	add(keptKey, strconv.FormatInt(c.Kept.UnixMilli(), 10))
	add(secretField+sealedSuffix, secret)
	add(refreshField+sealedSuffix, refresh)
	return lines.Encode(kind, version, ls)
}

// place is where a field of c is sealed for. A credential is replaced whole, and so has no generations.
func (c Credential) place(field string) fob.Binding {
	return fob.Binding{Record: c.name(), Field: field}
}

// seal seals a field. Nothing is no secret.
func (s Shelf) seal(c Credential, field string, plain fob.Secret) (string, error) {
	if plain == "" {
		return "", nil
	}
	return s.Sealer.Seal(plain, c.place(field))
}

func (s Shelf) unseal(c Credential, field, sealed string) (fob.Secret, error) {
	if sealed == "" {
		return "", nil
	}
	return s.Sealer.Open(sealed, c.place(field))
}

func decode(data []byte) (record, error) {
	ls, err := lines.Decode(kind, version, data)
	if err != nil {
		return record{}, err
	}
	r := record{Credential: Credential{Place: Place{Tool: "docker"}}}
	for _, l := range ls {
		if err := r.line(l.Key, l.Value); err != nil {
			return record{}, err
		}
	}
	return r, nil
}

// line takes a line. One that it does not know is of a newer program.
func (r *record) line(key, value string) error {
	switch key {
	case toolKey:
		r.Tool = value
	case serverKey:
		r.Server = value
	case usernameKey:
		r.Username = value
	case authTypeKey:
		r.AuthType = value
	case secretField + sealedSuffix:
		r.sealedSecret = value
	case refreshField + sealedSuffix:
		r.sealedRefresh = value
	case expiryKey, keptKey:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return lines.ErrCorrupt
		}
		if key == expiryKey {
			r.Expiry = time.Unix(n, 0)
		} else {
			r.Kept = time.UnixMilli(n)
		}
	}
	return nil
}

// open is the credential with its secrets.
func (s Shelf) open(r record) (c Credential, err error) {
	c = r.Credential
	if c.Secret, err = s.unseal(c, secretField, r.sealedSecret); err != nil {
		return Credential{}, err
	}
	if c.Refresh, err = s.unseal(c, refreshField, r.sealedRefresh); err != nil {
		return Credential{}, err
	}
	return c, nil
}
