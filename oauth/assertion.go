package oauth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = time.Minute
)

// Assertion says what a client's signed statement contains (RFC 7523 §3). The zero value suits most servers.
type Assertion struct {
	Audience []string      // aud. Nil: the issuer, or the endpoint's URL where there is no issuer
	List     bool          // write a single audience as a list of one
	Lifetime time.Duration // exp, from now. Zero: 60 s
	Backdate time.Duration // nbf, before now. Zero: no nbf
	JTI      *bool         // a random jti. Nil: true
	Nonce    *bool         // a random nonce of 16 bytes in hex in the header. Nil: false

	Header map[string]any // more members of the protected header
}

// PrivateKeyJWT signs an assertion with the client's own key (private_key_jwt, OpenID Connect Core §9).
type PrivateKeyJWT struct {
	Key       KeySource
	Algorithm string // EdDSA, ES256, ES384, ES512, RS256, PS256, … Empty: as the JWK says, else by the kind of key; RS256 for RSA
	KeyID     string // kid. Empty: as the JWK says, else none
	Assertion
}

// Prepare reads the key.
func (p PrivateKeyJWT) Prepare(ctx context.Context) (func(*Request) error, error) {
	if p.Key == nil {
		return nil, &LocalError{"signing key", errMissing}
	}
	key, err := p.Key.SigningKey(ctx)
	if err != nil {
		return nil, local("signing key", err)
	}
	signer, alg, err := key.use(p.Algorithm)
	if err != nil {
		return nil, local("signing key", err)
	}
	kid := p.KeyID
	if kid == "" {
		kid = key.key.id
	}
	return p.Assertion.writer(jose.SigningKey{Algorithm: alg, Key: signer}, kid), nil
}

// ClientSecretJWT signs an assertion with the client secret (client_secret_jwt, OpenID Connect Core §9).
type ClientSecretJWT struct {
	Secret    SecretSource // at least as long as the hash: 32 bytes for HS256
	Algorithm string       // HS256, HS384 or HS512. Empty: HS256
	KeyID     string       // kid. Empty: none
	Assertion
}

var (
	hashSize = map[jose.SignatureAlgorithm]int{jose.HS256: 32, jose.HS384: 48, jose.HS512: 64}
	errHS    = errors.New("algorithm is none of HS256, HS384 and HS512")
	errShort = errors.New("too short for its algorithm (RFC 7518 §3.2)")
)

// Prepare reads the secret.
func (c ClientSecretJWT) Prepare(ctx context.Context) (func(*Request) error, error) {
	secret, err := reveal(ctx, "client secret", c.Secret)
	if err != nil {
		return nil, err
	}
	alg := jose.SignatureAlgorithm(c.Algorithm)
	if alg == "" {
		alg = jose.HS256
	}
	switch size, known := hashSize[alg]; {
	case !known:
		return nil, &LocalError{"client assertion", errHS}
	case len(secret) < size:
		return nil, &LocalError{"client secret", errShort}
	}
	return c.Assertion.writer(jose.SigningKey{Algorithm: alg, Key: []byte(secret)}, c.KeyID), nil
}

// writer makes the function that signs an assertion for each attempt: servers take a jti once.
func (a Assertion) writer(key jose.SigningKey, kid string) func(*Request) error {
	return func(r *Request) error {
		r.dated = true
		jwt, err := a.sign(r, key, kid)
		if err != nil {
			return &LocalError{"client assertion", err}
		}
		r.Params.Set("client_id", r.Client)
		r.Params.Set("client_assertion_type", assertionType)
		r.Params.Set("client_assertion", jwt)
		return nil
	}
}

func (a Assertion) sign(r *Request, key jose.SigningKey, kid string) (string, error) {
	payload, err := json.Marshal(a.claims(r, r.now()))
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(key, a.options(kid))
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

func (a Assertion) options(kid string) *jose.SignerOptions {
	opts := new(jose.SignerOptions)
	for name, value := range a.Header {
		opts.WithHeader(jose.HeaderKey(name), value)
	}
	if kid != "" {
		opts.WithHeader("kid", kid)
	}
	if a.Nonce != nil && *a.Nonce {
		opts.WithHeader("nonce", randomHex())
	}
	return opts
}

type claims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  any    `json:"aud"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf,omitempty"`
	Expires   int64  `json:"exp"`
	ID        string `json:"jti,omitempty"`
}

func (a Assertion) claims(r *Request, now time.Time) claims {
	c := claims{
		Issuer:   r.Client,
		Subject:  r.Client,
		Audience: a.audience(r),
		IssuedAt: now.Unix(),
		Expires:  now.Add(assertionLife).Unix(),
	}
	if a.Lifetime != 0 {
		c.Expires = now.Add(a.Lifetime).Unix()
	}
	if a.Backdate != 0 {
		c.NotBefore = now.Add(-a.Backdate).Unix()
	}
	if a.JTI == nil || *a.JTI {
		c.ID = randomHex()
	}
	return c
}

func (a Assertion) audience(r *Request) any {
	aud := a.Audience
	switch {
	case aud == nil && r.Issuer != "":
		aud = []string{r.Issuer}
	case aud == nil:
		aud = []string{r.Endpoint}
	}
	if len(aud) == 1 && !a.List {
		return aud[0]
	}
	return aud
}

func randomHex() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (Go 1.24)
	return hex.EncodeToString(b[:])
}
