package oauth

import (
	"context"
	"net/url"
	"slices"

	"github.com/fobkit/fob"
)

const grantPerson = "person"

// Person asks in the name of a person who logged in: Browse and Poll give the first token, Mint its successors. Whichever way the login
// went, its token is kept under the one Key.
type Person struct {
	Client   *Client
	Account  string // tells apart the accounts of one client, in the Key
	Scopes   []string
	Audience []string // audience parameters
	Resource []string // resource parameters (RFC 8707)

	AuthParams url.Values // extra parameters of the request that a browser carries

	// Redirects are the loopback URLs that the client has registered, in the order in which they are tried; one without a port stands for any
	// (RFC 8252 §7.3). Nil: http://127.0.0.1.
	Redirects []string
}

// Mint refreshes with last's refresh token. Where there is none, or the server says that the login is over, the error is a *LoginError. An
// ID token that the answer does not replace stays, with the end that it has; another one must be about the same person.
func (g Person) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if last.Refresh == "" {
		return fob.Token{}, &LoginError{Client: g.Client.ClientID}
	}
	tok, err := g.Client.refresh(ctx, last, g.target(), func(tok *fob.Token) error { return g.Client.identifyAgain(ctx, tok, last.ID) })
	if needsPerson(err) {
		return fob.Token{}, &LoginError{Client: g.Client.ClientID, Err: err}
	}
	return tok, err
}

// manners are parameters that say how the person is asked, not for what.
var manners = []string{"prompt", "display", "ui_locales", "login_hint", "max_age", "access_type"}

// Key is what the tokens are kept under.
func (g Person) Key() fob.Key {
	k := g.Client.key(grantPerson, g.target())
	k.Account, k.Scopes = g.Account, slices.Clone(g.Scopes)
	for name, values := range g.AuthParams {
		if !slices.Contains(manners, name) {
			k.Params[name] = append(k.Params[name], values...)
		}
	}
	return k
}

// Fingerprint tells the client's credentials, and the way it shows them, from others. See fob.Fingerprinter.
func (g Person) Fingerprint(ctx context.Context) (fob.Secret, error) {
	return g.Client.fingerprint(ctx)
}

func (g Person) target() target { return target{g.Audience, g.Resource} }

// Flows reports which ways to log in the server has. Its error is that of the server's metadata.
func (g Person) Flows(ctx context.Context) (browser, device bool, err error) {
	m, err := g.Client.known(ctx)
	if err != nil {
		return false, false, err
	}
	return g.Client.AuthorizationURL+m.Authorization != "", g.Client.DeviceURL+m.Device != "", nil
}

// asked are the parameters with which either flow begins. What the user wrote does not take the place of what must be there.
func (g Person) asked(extra url.Values, own map[string]string) url.Values {
	params := g.Client.with(extra, g.target())
	for name, value := range own {
		if value != "" {
			params.Set(name, value)
		}
	}
	return params
}

// begin is the token that a login brings, its ID token validated.
func (g Person) begin(ctx context.Context, op, grant string, own map[string]string, nonce string) (fob.Token, error) {
	return g.Client.token(ctx, question{
		op: op, grant: grant, single: true, attempts: 1,
		params: g.asked(g.Client.Params, own), auth: g.Client.auth(),
		accept: func(tok *fob.Token) error { return g.Client.identify(ctx, tok, nonce) },
	})
}
