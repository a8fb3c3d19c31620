package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"

	"github.com/fobkit/fob"
)

// Fingerprint tells the client's credentials, and the way it shows them, from others. See fob.Fingerprinter.
func (g ClientCredentials) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx)
}

// Fingerprint tells the client's credentials, and the way it shows them, from others. See fob.Fingerprinter.
func (g RefreshToken) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx)
}

// fingerprint digests what a cache may remember a refusal of: the endpoint, the headers, the proof of who asks, and what is shown besides.
func (c *Client) fingerprint(ctx context.Context, shown ...SecretSource) (fob.Secret, error) {
	proof, err := identity(ctx, c.auth(), c.ClientID)
	if err != nil {
		return "", err
	}
	header, err := c.header(ctx)
	if err != nil {
		return "", err
	}
	text := fmt.Appendf(nil, "%q %q %T %v %q %q", c.Issuer, c.TokenURL, c.auth(), c.Encoding, header, proof)
	for _, src := range shown {
		s, err := credential(ctx, src)
		if err != nil {
			return "", err
		}
		text = fmt.Appendf(text, " %q", string(s))
	}
	sum := sha256.Sum256(text)
	return fob.Secret(base64.RawURLEncoding.EncodeToString(sum[:])), nil
}

// credential is what tells src's secret from another: the secret, unless src says it otherwise, as it does where a secret costs a request.
func credential(ctx context.Context, src SecretSource) (fob.Secret, error) {
	if src == nil {
		return "", nil
	}
	if f, ok := src.(fob.Fingerprinter); ok {
		return f.Fingerprint(ctx)
	}
	return src.Secret(ctx)
}

// identity is what auth would prove: for assertions, which are never twice the same, the key that signs them.
func identity(ctx context.Context, auth ClientAuth, client string) (string, error) {
	switch auth := auth.(type) {
	case ClientSecretJWT:
		secret, err := reveal(ctx, "client secret", auth.Secret)
		return string(secret), err
	case PrivateKeyJWT:
		return auth.public(ctx)
	case ClientAssertion:
		jwt, err := credential(ctx, auth.JWT)
		return string(jwt), err
	}
	write, err := auth.Prepare(ctx)
	if err != nil {
		return "", err
	}
	r := &Request{Client: client, Params: make(url.Values), Header: make(http.Header)}
	err = write(r)
	return fmt.Sprintf("%q %q", r.Header, r.Params), err
}

// public is the public half of the key, in DER.
func (p PrivateKeyJWT) public(ctx context.Context) (string, error) {
	if p.Key == nil {
		return "", &LocalError{"signing key", errMissing}
	}
	key, err := p.Key.SigningKey(ctx)
	if err != nil {
		return "", err
	}
	if key.key == nil {
		return "", &LocalError{"signing key", errMissing}
	}
	der, err := x509.MarshalPKIXPublicKey(key.key.signer.Public())
	return string(der) + p.Algorithm + p.KeyID, err
}
