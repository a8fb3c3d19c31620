package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

const (
	grantClientCredentials = "client_credentials"
	grantRefreshToken      = "refresh_token"
	grantStatic            = "static"
)

// ClientCredentials asks for tokens in the client's own name (RFC 6749 §4.4).
type ClientCredentials struct {
	Client   *Client
	Scopes   []string
	Audience []string // audience parameters
	Resource []string // resource parameters (RFC 8707)
}

// Mint refreshes if last has a refresh token, and asks with the client's credentials otherwise, or if that refresh token
// is dead. A new token then replaces all of last; if there is none to be had either, the error says RefreshDead.
func (g ClientCredentials) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if last.Refresh == "" {
		return g.mint(ctx)
	}
	tok, err := g.Client.refresh(ctx, last, g.target(), nil)
	if !isDead(err) {
		return tok, err
	}
	if tok, err = g.mint(ctx); err != nil {
		return fob.Token{}, &deadError{err}
	}
	return tok, nil
}

func (g ClientCredentials) mint(ctx context.Context) (fob.Token, error) {
	params := g.Client.with(g.Client.Params, g.target())
	if len(g.Scopes) > 0 {
		params.Set("scope", strings.Join(g.Scopes, " "))
	}
	return g.Client.token(ctx, question{op: grantClientCredentials, params: params, auth: g.Client.auth()})
}

// Key is what the tokens are kept under.
func (g ClientCredentials) Key() fob.Key {
	k := g.Client.key(grantClientCredentials, g.target())
	k.Scopes = slices.Clone(g.Scopes)
	return k
}

func (g ClientCredentials) target() target { return target{g.Audience, g.Resource} }

// RefreshToken asks with a refresh token (RFC 6749 §6) that a person's login brought.
type RefreshToken struct {
	Client   *Client
	Token    SecretSource // the refresh token to begin with (Seed). Nil: a login must bring one
	Account  string       // tells apart the accounts of one client, in the Key
	Scopes   []string     // as granted, in the Key; they are not sent: a refresh without them asks for the same again
	Audience []string     // audience parameters
	Resource []string     // resource parameters (RFC 8707)
}

// Seed is the first refresh token: a cache asks for it once, and keeps what comes of it. Without one, the error is a *LoginError.
func (g RefreshToken) Seed(ctx context.Context) (fob.Token, error) {
	if g.Token == nil {
		return fob.Token{}, &LoginError{Client: g.Client.ClientID}
	}
	first, err := reveal(ctx, "refresh token", g.Token)
	return fob.Token{Refresh: first}, err
}

// Mint refreshes with last's refresh token. Where there is none, or the server says that it is dead, the error is a *LoginError.
func (g RefreshToken) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if last.Refresh == "" {
		return fob.Token{}, &LoginError{Client: g.Client.ClientID}
	}
	tok, err := g.Client.refresh(ctx, last, target{g.Audience, g.Resource}, nil)
	if needsPerson(err) {
		return fob.Token{}, &LoginError{Client: g.Client.ClientID, Err: err}
	}
	return tok, err
}

// Key is what the tokens are kept under.
func (g RefreshToken) Key() fob.Key {
	k := g.Client.key(grantRefreshToken, target{g.Audience, g.Resource})
	k.Account, k.Scopes = g.Account, slices.Clone(g.Scopes)
	return k
}

// Static is a token that was issued by hand and does not expire.
type Static struct {
	Token   SecretSource
	Account string // tells apart the static tokens of one cache, in the Key
}

// Mint returns the token, read anew.
func (g Static) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	s, err := reveal(ctx, "token", g.Token)
	switch {
	case err != nil:
		return fob.Token{}, err
	case !isVisible(string(s)):
		return fob.Token{}, &LocalError{"token", errSecret}
	}
	return fob.Token{Access: s, Type: "Bearer", Issued: time.Now()}, nil
}

// Key is what the token is kept under.
func (g Static) Key() fob.Key { return fob.Key{Grant: grantStatic, Account: g.Account} }

// target is whom a token is for. A refresh names it again (RFC 8707 §2.2).
type target struct{ audience, resource []string }

// refresh exchanges last's refresh token. What the answer leaves out stays as it was (RFC 6749 §6).
func (c *Client) refresh(ctx context.Context, last fob.Token, t target, accept func(*fob.Token) error) (fob.Token, error) {
	params := c.with(c.refreshParams(), t)
	params.Set("refresh_token", string(last.Refresh))
	tok, err := c.token(ctx, question{op: grantRefreshToken, params: params, auth: c.refreshAuth(), single: true, accept: accept})
	if err != nil {
		return fob.Token{}, err
	}
	if tok.Refresh == "" {
		tok.Refresh = last.Refresh
	}
	if tok.Scopes == nil {
		tok.Scopes = slices.Clone(last.Scopes)
	}
	return tok, nil
}

// with returns extra and t as the parameters of a request, free to be written to.
func (c *Client) with(extra url.Values, t target) url.Values {
	params := clone(extra)
	if len(t.audience) > 0 {
		params["audience"] = slices.Clone(t.audience)
	}
	if len(t.resource) > 0 {
		params["resource"] = slices.Clone(t.resource)
	}
	return params
}

// key names what decides which tokens c is given. An endpoint beside the issuer counts too: it may be another server's.
func (c *Client) key(grant string, t target) fob.Key {
	return fob.Key{
		Issuer:   strings.TrimSpace(c.Issuer + " " + c.TokenURL),
		Client:   c.ClientID,
		Grant:    grant,
		Audience: slices.Clone(t.audience),
		Resource: slices.Clone(t.resource),
		Params:   clone(c.Params),
	}
}

// isDead reports whether err says that a refresh token is of no use any more: invalid_grant, or a refusal without a word.
func isDead(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Op == grantRefreshToken && e.Outcome() == fob.Terminal && (e.Code == "invalid_grant" || e.mute())
}

// personCodes ask for a person (RFC 6749 §5.2, OpenID Connect Core §3.1.2.6).
var personCodes = []string{"invalid_grant", "interaction_required", "login_required", "consent_required", "account_selection_required"}

// needsPerson reports whether a refresh failed since the person's login is over. Nothing else justifies asking for a new one. A 400 without a
// word is glewlwyd's way to say invalid_grant; a 401 is about the client, and a 403 rather a gateway's.
func needsPerson(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Op != grantRefreshToken || e.Outcome() != fob.Terminal {
		return false
	}
	return slices.Contains(personCodes, e.Code) || e.mute() && e.Status == http.StatusBadRequest
}
