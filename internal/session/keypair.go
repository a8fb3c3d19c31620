package session

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

var (
	// ErrNoCertificate is in the tree of KeyPair's error for a profile that has none.
	ErrNoCertificate = errors.New("none is configured")

	errPair  = errors.New("no PEM of a certificate and the private key that belongs to it")
	errToken = errors.New("gives no token")
	errNoID  = errors.New("its token came without an ID token")
)

// ValidityError is a client certificate that is not valid now.
type ValidityError struct {
	NotBefore, NotAfter time.Time
	early               bool
}

func (e *ValidityError) Error() string {
	if e.early {
		return "not valid before " + e.NotBefore.UTC().Format(time.RFC3339)
	}
	return "expired at " + e.NotAfter.UTC().Format(time.RFC3339)
}

// KeyPair is p's client certificate, with its chain, and its private key, both in PEM, read now. They belong together, and are valid until
// notAfter. Errors are of type *config.SecretError or *ProfileError; in the latter's tree is ErrNoCertificate, or a *ValidityError.
func (p *Profile) KeyPair(ctx context.Context) (certificate []byte, key fob.Secret, notAfter time.Time, err error) {
	certificate, key, notAfter, err = p.keyPair(ctx)
	if err != nil {
		return nil, "", time.Time{}, p.named(err)
	}
	return certificate, key, notAfter, nil
}

func (p *Profile) keyPair(ctx context.Context) (certificate []byte, key fob.Secret, notAfter time.Time, err error) {
	if p.Certificate.IsZero() {
		return nil, "", time.Time{}, &oauth.LocalError{What: "certificate", Err: ErrNoCertificate}
	}
	text, err := p.Certificate.Secret(ctx)
	if err == nil {
		key, err = p.CertificateKey.Secret(ctx)
	}
	if err != nil {
		return nil, "", time.Time{}, err
	}
	certificate = []byte(text)
	pair, err := tls.X509KeyPair(certificate, []byte(key))
	if err != nil { // whose text may quote what it read
		return nil, "", time.Time{}, &oauth.LocalError{What: "certificate", Err: errPair}
	}
	leaf, now := pair.Leaf, time.Now()
	if early := now.Before(leaf.NotBefore); early || now.After(leaf.NotAfter) {
		return nil, "", time.Time{}, &oauth.LocalError{What: "certificate", Err: &ValidityError{leaf.NotBefore, leaf.NotAfter, early}}
	}
	return certificate, key, leaf.NotAfter, nil
}

// noToken is the grant of a profile that is a certificate.
type noToken struct{ name string }

func (g noToken) Mint(context.Context, fob.Token) (fob.Token, error) {
	return fob.Token{}, &oauth.LocalError{What: "grant " + g.name, Err: errToken}
}

func (g noToken) Key() fob.Key { return fob.Key{Grant: g.name} }
