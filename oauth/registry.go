package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

const grantRegistry = "registry"

// registryLife is expires_in where it is not said, by the specification of token authentication.
const registryLife = "60"

// Registry asks the token service that a container registry names for a token of the registry's API (distribution's token authentication).
type Registry struct {
	URL     string       // of the registry, such as https://registry.example.com
	Client  *Client      // ClientID is the user's name, Auth a Basic; None: anonymous. Its endpoints are not asked
	Refresh SecretSource // identity token, which is shown in place of name and password. Nil: none
	Account string       // tells apart the accounts of one registry, in the Key
	Scopes  []string     // such as repository:app:pull,push

	// Service finds the token service in the challenges of a registry's answer. Credentials go wherever it says: it must refuse a realm
	// that is neither the registry's own nor known to belong to it.
	Service func(http.Header) (TokenService, error)
}

// TokenService is what a registry's challenge says: Bearer realm="…",service="…".
type TokenService struct {
	Realm   string // URL
	Service string
}

var (
	errNotAsked = errors.New("does not ask for a token")
	errOld      = errors.New("issued_at and expires_in make it old when it comes")
)

// Mint asks the registry for its token service, and that for a token.
func (g Registry) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	service, err := g.service(ctx)
	if err != nil {
		return fob.Token{}, err
	}
	realm, err := parseURL("realm", service.Realm)
	if err != nil {
		return fob.Token{}, err
	}
	a, err := g.ask(ctx, realm, service.Service)
	if err != nil {
		return fob.Token{}, err
	}
	return a.registryToken(realm)
}

func (g Registry) service(ctx context.Context) (TokenService, error) {
	registry, err := parseURL("registry", g.URL)
	if err != nil {
		return TokenService{}, err
	}
	a, err := g.Client.get(ctx, grantRegistry, registry.JoinPath("v2/"), nil)
	switch {
	case err != nil:
		return TokenService{}, err
	case a.status/100 == 2:
		return TokenService{}, &LocalError{"registry " + registry.Host, errNotAsked}
	case a.status != http.StatusUnauthorized:
		return TokenService{}, &Error{Op: grantRegistry, Host: registry.Host, Status: a.status, Problem: "not the challenge of a registry"}
	}
	service, err := g.Service(a.header)
	if err != nil {
		return TokenService{}, local("registry "+registry.Host, err)
	}
	return service, nil
}

func (g Registry) ask(ctx context.Context, realm *url.URL, service string) (*answer, error) {
	params := clone(g.Client.Params)
	if service != "" {
		params.Set("service", service)
	}
	if g.Refresh != nil {
		return g.exchangeIdentity(ctx, realm, params)
	}
	params["scope"] = g.Scopes
	asked := *realm
	asked.RawQuery = joinQuery(realm.RawQuery, params.Encode())
	header, err := g.Client.proven(ctx)
	if err != nil {
		return nil, err
	}
	return g.Client.get(ctx, grantRegistry, &asked, header)
}

// exchangeIdentity is the other way of asking, which some registries have: a POST, as of OAuth.
func (g Registry) exchangeIdentity(ctx context.Context, realm *url.URL, params url.Values) (*answer, error) {
	token, err := reveal(ctx, "refresh token", g.Refresh)
	if err != nil {
		return nil, err
	}
	params.Set("grant_type", grantRefreshToken)
	params.Set("client_id", cmp.Or(g.Client.ClientID, "fob"))
	params.Set("refresh_token", string(token))
	if len(g.Scopes) > 0 {
		params.Set("scope", strings.Join(g.Scopes, " "))
	}
	return g.Client.ask(ctx, question{op: grantRegistry, endpoint: realm, params: params, auth: None{Anonymous: true}})
}

// proven are the headers in which c proves who it is.
func (c *Client) proven(ctx context.Context) (http.Header, error) {
	prove, err := c.auth().Prepare(ctx)
	if err != nil {
		return nil, local("client authentication", err)
	}
	header, err := c.header(ctx)
	if err != nil {
		return nil, err
	}
	return header, prove(&Request{Client: c.ClientID, Params: make(url.Values), Header: header})
}

// registryToken reads an answer in which the token has two names, and times of its own. A refresh token in it is dropped: there is something to
// begin with.
func (a *answer) registryToken(realm *url.URL) (fob.Token, error) {
	return a.token(question{
		op: grantRegistry, endpoint: realm,
		amend: func(m members) {
			if token, ok := m["token"]; ok && !m.has("access_token") {
				m["access_token"] = token
			}
			if delete(m, "token"); !m.has("expires_in") {
				m["expires_in"] = []byte(registryLife)
			}
		},
		accept: func(tok *fob.Token) error {
			tok.Refresh = ""
			return age(tok, a.skew)
		},
	})
}

// age brings tok's end forward where issued_at says that it was issued before it was asked for. One that lies ahead is not believed.
func age(tok *fob.Token, skew time.Duration) error {
	var text string
	if json.Unmarshal([]byte(tok.Extra["issued_at"]), &text) != nil {
		return nil
	}
	issued, err := time.Parse(time.RFC3339, text)
	if early := tok.Issued.Sub(issued.Add(-skew)); err == nil && early > 0 {
		tok.Expiry = tok.Expiry.Add(-early)
	}
	if !tok.Expiry.After(tok.Issued) {
		return errOld
	}
	return nil
}

// Key is what the tokens are kept under.
func (g Registry) Key() fob.Key {
	k := g.Client.key(grantRegistry, target{})
	k.Issuer, k.Account, k.Scopes = g.URL, g.Account, slices.Clone(g.Scopes)
	return k
}

// Fingerprint tells the credentials from others. See fob.Fingerprinter.
func (g Registry) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx, g.Refresh)
}
