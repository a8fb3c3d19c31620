package oauth

import (
	"context"
	"slices"
	"strings"

	"github.com/fobkit/fob"
)

const (
	grantJWTBearer = "jwt_bearer"
	jwtBearerType  = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// JWTBearer asks with a JWT that somebody whom the server trusts has issued (RFC 7523 §2.1).
type JWTBearer struct {
	Client   *Client
	Subject  SecretSource // the JWT
	Account  string       // tells apart the subjects of one client, in the Key
	Scopes   []string
	Audience []string // audience parameters
	Resource []string // resource parameters (RFC 8707)
}

// Mint reads the JWT and sends it. A refresh token in the answer is dropped: there is a JWT to begin with.
func (g JWTBearer) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	jwt, err := reveal(ctx, "subject token", g.Subject)
	if err != nil {
		return fob.Token{}, err
	}
	params := g.Client.with(g.Client.Params, target{g.Audience, g.Resource})
	params.Set("assertion", string(jwt))
	if len(g.Scopes) > 0 {
		params.Set("scope", strings.Join(g.Scopes, " "))
	}
	tok, err := g.Client.token(ctx, question{op: grantJWTBearer, grant: jwtBearerType, params: params, auth: g.Client.auth()})
	tok.Refresh = ""
	return tok, err
}

// Key is what the tokens are kept under: the subject is in it by Account alone, since reading it may cost a request.
func (g JWTBearer) Key() fob.Key {
	k := g.Client.key(grantJWTBearer, target{g.Audience, g.Resource})
	k.Account, k.Scopes = g.Account, slices.Clone(g.Scopes)
	return k
}

// Fingerprint tells the client's credentials, and the JWT, from others. See fob.Fingerprinter.
func (g JWTBearer) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx, g.Subject)
}
