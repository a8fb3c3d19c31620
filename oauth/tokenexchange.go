package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/fobkit/fob"
)

const (
	grantTokenExchange = "token_exchange"
	tokenExchangeType  = "urn:ietf:params:oauth:grant-type:token-exchange"

	tokenTypes = "urn:ietf:params:oauth:token-type:" // RFC 8693 §3
)

// TokenExchange gives one token for another (RFC 8693): a machine's identity, as its platform vouches for it, for a token of the server's.
// Its answer may be no bearer token: then the Token's Type is N_A.
type TokenExchange struct {
	Client        *Client
	Subject       SecretSource // whom the new token speaks for
	SubjectType   string       // token type URI, or the last word of one of RFC 8693 §3. Empty: jwt
	Actor         SecretSource // who acts for the subject. Nil: nobody else
	ActorType     string       // as SubjectType
	RequestedType string       // as SubjectType; an answer of another type is refused. Empty: the server chooses
	Account       string       // tells apart the subjects of one client, in the Key
	Scopes        []string
	Audience      []string // audience parameters
	Resource      []string // resource parameters
}

// Mint reads the tokens that are given, and exchanges them. A refresh token in the answer is dropped: there is a subject token to begin with.
func (g TokenExchange) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	params, err := g.params(ctx)
	if err != nil {
		return fob.Token{}, err
	}
	return g.Client.token(ctx, question{op: grantTokenExchange, grant: tokenExchangeType, params: params, auth: g.Client.auth(), accept: g.accept})
}

func (g TokenExchange) params(ctx context.Context) (url.Values, error) {
	params := g.Client.with(g.Client.Params, target{g.Audience, g.Resource})
	if len(g.Scopes) > 0 {
		params.Set("scope", strings.Join(g.Scopes, " "))
	}
	if g.RequestedType != "" {
		params.Set("requested_token_type", tokenTypeURI(g.RequestedType))
	}
	if err := given(ctx, params, "subject", g.Subject, g.SubjectType); err != nil || g.Actor == nil {
		return params, err
	}
	return params, given(ctx, params, "actor", g.Actor, g.ActorType)
}

// given writes the token of one who takes part, and its type.
func given(ctx context.Context, params url.Values, who string, src SecretSource, kind string) error {
	token, err := reveal(ctx, who+" token", src)
	if err != nil {
		return err
	}
	params.Set(who+"_token", string(token))
	params.Set(who+"_token_type", tokenTypeURI(kind))
	return nil
}

// tokenTypeURI is the URI that a word of RFC 8693 §3 stands for.
func tokenTypeURI(kind string) string {
	if strings.Contains(kind, ":") {
		return kind
	}
	return tokenTypes + cmp.Or(kind, "jwt")
}

var (
	errIssued        = errors.New("issued_token_type is another than was asked for")
	errIssuedRefresh = errors.New("a refresh token in place of a token")
)

// accept checks what kind of token was issued. Servers that do not say, against RFC 8693 §2.2.1, are believed.
func (g TokenExchange) accept(tok *fob.Token) error {
	tok.Refresh = ""
	var issued string
	switch err := json.Unmarshal([]byte(cmp.Or(string(tok.Extra["issued_token_type"]), "null")), &issued); {
	case err != nil, issued != "" && g.RequestedType != "" && issued != tokenTypeURI(g.RequestedType):
		return errIssued
	case issued == tokenTypes+"refresh_token":
		return errIssuedRefresh // RFC 8693 §2.2.1 puts it into access_token: nobody may take it for one
	}
	return nil
}

// Key is what the tokens are kept under: the subject is in it by Account alone, since reading it may cost a request.
func (g TokenExchange) Key() fob.Key {
	k := g.Client.key(grantTokenExchange, target{g.Audience, g.Resource})
	k.Account, k.Scopes = g.Account, slices.Clone(g.Scopes)
	if g.RequestedType != "" {
		k.Params["requested_token_type"] = []string{tokenTypeURI(g.RequestedType)}
	}
	return k
}

// Fingerprint tells the client's credentials, and the tokens that are given, from others. See fob.Fingerprinter.
func (g TokenExchange) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx, g.Subject, g.Actor)
}
