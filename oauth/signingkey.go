package oauth

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"

	"github.com/fobkit/fob"
)

// KeySource gives the key that signs an assertion, once a token request. A [SigningKey] is its own source.
type KeySource interface {
	SigningKey(ctx context.Context) (SigningKey, error)
}

// SigningKey is a private key. Like a secret it does not show itself. Its zero value is no key.
type SigningKey struct{ key *signingKey }

// signingKey lies behind a pointer, so that fmt does not reach it even as an unexported field of something else.
type signingKey struct {
	signer crypto.Signer
	alg    string // what a JWK says of itself; empty: it does not
	id     string
}

// Signer makes a SigningKey of s: Ed25519, ECDSA on P-256, P-384 or P-521, or RSA, wherever its private half is kept.
func Signer(s crypto.Signer) SigningKey { return SigningKey{&signingKey{signer: s}} }

// SigningKey returns k.
func (k SigningKey) SigningKey(context.Context) (SigningKey, error) { return k, nil }

// Format prints "[key]" for every verb.
func (k SigningKey) Format(f fmt.State, _ rune) { io.WriteString(f, "[key]") }

// MarshalText returns "[key]".
func (k SigningKey) MarshalText() ([]byte, error) { return []byte("[key]"), nil }

// KeyError says why a text is no key that can sign. It quotes nothing of it.
type KeyError struct{ Problem string }

func (e *KeyError) Error() string { return e.Problem }

// KeyText is a key as text: see [ParseKey].
type KeyText struct{ Text SecretSource }

// SigningKey reads and parses the text.
func (t KeyText) SigningKey(ctx context.Context) (SigningKey, error) {
	text, err := reveal(ctx, "signing key", t.Text)
	if err != nil {
		return SigningKey{}, err
	}
	return ParseKey(text)
}

// ParseKey reads a private key from a JWK (RFC 7517), from PEM (PKCS #8, PKCS #1, SEC 1), or from a secret-token URI
// (RFC 8959) as ConductorOne writes it. Its errors are of type *KeyError.
func ParseKey(text fob.Secret) (SigningKey, error) {
	switch s := strings.TrimSpace(string(text)); {
	case strings.HasPrefix(s, secretTokenScheme):
		return parseSecretToken(s)
	case strings.HasPrefix(s, "{"):
		return parseJWK([]byte(s))
	case strings.Contains(s, "-----BEGIN "):
		return parsePEM([]byte(s))
	}
	return SigningKey{}, &KeyError{"neither JWK nor PEM nor secret-token URI"}
}

func parseJWK(data []byte) (SigningKey, error) {
	var kind struct {
		Kty string           `json:"kty"`
		D   *json.RawMessage `json:"d"`
	}
	if json.Unmarshal(data, &kind) != nil {
		return SigningKey{}, &KeyError{"JWK is not JSON"}
	}
	if kind.D == nil && kind.Kty != "oct" {
		return SigningKey{}, &KeyError{"JWK is a public key"}
	}
	var jwk jose.JSONWebKey
	if jwk.UnmarshalJSON(data) != nil {
		return SigningKey{}, &KeyError{"JWK is not a valid key"} // go-jose's words may quote it
	}
	signer, ok := jwk.Key.(crypto.Signer)
	if !ok {
		return SigningKey{}, &KeyError{"JWK is not a key that signs"}
	}
	return SigningKey{&signingKey{signer, jwk.Algorithm, jwk.KeyID}}, nil
}

func parsePEM(data []byte) (SigningKey, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		parse, ok := pemKinds[block.Type]
		switch {
		case strings.HasPrefix(block.Type, "ENCRYPTED"), block.Headers["DEK-Info"] != "":
			return SigningKey{}, &KeyError{"PEM key is encrypted"}
		case !ok:
			continue // EC PARAMETERS, CERTIFICATE
		}
		key, err := parse(block.Bytes)
		if err != nil {
			return SigningKey{}, &KeyError{"PEM is not a valid key"}
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return SigningKey{}, &KeyError{"PEM is not a key that signs"}
		}
		return Signer(signer), nil
	}
	return SigningKey{}, &KeyError{"PEM has no private key"}
}

var pemKinds = map[string]func([]byte) (any, error){
	"PRIVATE KEY":     x509.ParsePKCS8PrivateKey,
	"RSA PRIVATE KEY": func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
	"EC PRIVATE KEY":  func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
}

// use returns k as go-jose wants it, and the algorithm: the one wanted, the JWK's own or the first that k can do.
func (k SigningKey) use(want string) (jose.OpaqueSigner, jose.SignatureAlgorithm, error) {
	if k.key == nil {
		return nil, "", errMissing
	}
	signer := cryptosigner.Opaque(digestSalt{k.key.signer})
	algs := signer.Algs()
	if want == "" {
		want = k.key.alg
	}
	if want == "Ed25519" {
		want = string(jose.EdDSA) // RFC 9864 §2.2 renames it; go-jose and most servers have the old name
	}
	switch {
	case len(algs) == 0:
		return nil, "", &KeyError{"of a kind or curve that signs no JWT"}
	case want == "":
		return signer, algs[0], nil
	case !slices.Contains(algs, jose.SignatureAlgorithm(want)):
		return nil, "", &KeyError{"not a key for its algorithm"}
	}
	return signer, jose.SignatureAlgorithm(want), nil
}

// digestSalt makes PSS salts as long as the digest, which RFC 7518 §3.5 demands; go-jose's cryptosigner asks for the longest.
type digestSalt struct{ crypto.Signer }

func (s digestSalt) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, ok := opts.(*rsa.PSSOptions); ok {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: opts.HashFunc()}
	}
	return s.Signer.Sign(rand, digest, opts)
}
