package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/go-jose/go-jose/v4"
)

const (
	maxIDToken = 64 << 10
	idLeeway   = time.Minute
	maxDate    = 1 << 36 // seconds, far from where times overflow
)

// idAlgorithms are those of public keys: never none, and never one whose key the server publishes in its JWK set would be the secret.
var idAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

var (
	errIDForm      = errors.New("ID token is no JWT signed with an algorithm that is allowed")
	errIDLong      = errors.New("ID token is longer than 64 KiB")
	errIDSignature = errors.New("ID token is not signed by a key of the issuer")
	errIDIssuer    = errors.New("ID token is of another issuer")
	errIDSubject   = errors.New("ID token names no subject")
	errIDAudience  = errors.New("ID token is for another client")
	errIDExpired   = errors.New("ID token has expired")
	errIDFuture    = errors.New("ID token is not valid yet")
	errIDNonce     = errors.New("ID token is of another login")
	errIDPerson    = errors.New("ID token is about somebody else than before")
)

// idClaims are what fob reads of an ID token (OpenID Connect Core §2).
type idClaims struct {
	Issuer    string      `json:"iss"`
	Subject   string      `json:"sub"`
	Audience  Audience    `json:"aud"`
	Party     string      `json:"azp"`
	Expiry    numericDate `json:"exp"`
	Issued    numericDate `json:"iat"`
	NotBefore numericDate `json:"nbf"`
	Nonce     string      `json:"nonce"`
	Tenant    string      `json:"tid"`
}

// numericDate is a number of seconds since 1970 (RFC 7519 §2); zero: it is not there.
type numericDate float64

func (n numericDate) time() time.Time { return time.Unix(int64(max(0, min(n, maxDate))), 0) }

// identify validates tok's ID token, the fruit of a login that sent nonce. One whose issuer publishes no keys is dropped: nobody could say what
// it is worth.
func (c *Client) identify(ctx context.Context, tok *fob.Token, nonce string) error {
	if tok.ID == "" {
		return nil
	}
	claims, err := c.verified(ctx, tok.ID)
	switch {
	case errors.Is(err, errNoKeys):
		tok.ID = ""
		return nil
	case err == nil && claims.Nonce != nonce && nonce != "":
		return errIDNonce
	}
	return err
}

// identifyAgain is identify for a refresh (OpenID Connect Core §12.2), which had last before. That stays where there is no other, and where
// the keys cannot be had now: what the refresh brought besides must not be lost for that.
func (c *Client) identifyAgain(ctx context.Context, tok *fob.Token, last fob.Secret) error {
	if tok.ID == "" {
		tok.ID = last
		return nil
	}
	claims, err := c.verified(ctx, tok.ID)
	switch old := readClaims(last); {
	case errors.Is(err, errNoKeys), errors.As(err, new(*Error)), errors.As(err, new(*LocalError)):
		tok.ID = last
		return nil
	case err == nil && last != "" && !claims.sameAs(old):
		return errIDPerson
	}
	return err
}

func (c idClaims) sameAs(old idClaims) bool {
	return c.Issuer == old.Issuer && c.Subject == old.Subject && slices.Equal(slices.Sorted(slices.Values(c.Audience)), slices.Sorted(slices.Values(old.Audience)))
}

// verified are the claims of an ID token that passed OpenID Connect Core §3.1.3.7, but for its nonce.
func (c *Client) verified(ctx context.Context, token fob.Secret) (idClaims, error) {
	if len(token) > maxIDToken {
		return idClaims{}, errIDLong
	}
	jws, err := jose.ParseSignedCompact(string(token), idAlgorithms)
	if err != nil {
		return idClaims{}, errIDForm
	}
	payload, err := c.signed(ctx, jws)
	if err != nil {
		return idClaims{}, err
	}
	var claims idClaims
	if json.Unmarshal(payload, &claims) != nil {
		return idClaims{}, errIDForm
	}
	return claims, c.check(claims, time.Now().Add(c.clock.skew()))
}

// check is of what a signature does not say.
func (c *Client) check(t idClaims, now time.Time) error {
	switch {
	case t.Issuer == "" || t.Issuer != c.idIssuer(t):
		return errIDIssuer
	case t.Subject == "":
		return errIDSubject
	case !slices.Contains(t.Audience, c.ClientID), t.Party != "" && t.Party != c.ClientID, t.Party == "" && len(t.Audience) > 1:
		return errIDAudience
	case t.Expiry <= 0 || !now.Before(t.Expiry.time().Add(idLeeway)):
		return errIDExpired
	case now.Before(t.Issued.time().Add(-idLeeway)), now.Before(t.NotBefore.time().Add(-idLeeway)):
		return errIDFuture
	}
	return nil
}

// idIssuer is the iss that t must have. An issuer of many tenants is one for each (Entra's common).
func (c *Client) idIssuer(t idClaims) string {
	if c.IDIssuer == "" {
		return c.Issuer
	}
	if strings.ContainsAny(t.Tenant, "/{}") {
		return ""
	}
	return strings.ReplaceAll(c.IDIssuer, "{tid}", t.Tenant)
}

// readClaims are the claims of an ID token that was validated when it came.
func readClaims(token fob.Secret) (c idClaims) {
	Claims(token, &c) // what cannot be read is nobody's
	return c
}

// IDExpiry is when an ID token says that it ends; zero: it does not say, or is none.
func IDExpiry(token fob.Secret) time.Time {
	if exp := readClaims(token).Expiry; exp > 0 {
		return exp.time()
	}
	return time.Time{}
}
