package oauthtest

import (
	"time"

	"github.com/fobkit/fob"
)

// OIDC is a plain OpenID provider: metadata, every client authentication, refresh tokens that rotate.
func OIDC(clients ...Client) Options {
	return Options{Clients: with(clients, Basic, Params, PrivateKeyJWT, SecretJWT), Refresh: Rotated}
}

// ConductorOne is a tenant of ConductorOne. A client's ID is <name>@<host[:port]>/<use>; its host is what the assertion's
// audience must be, so it need not be the one we listen on. Credentials in a header are refused.
func ConductorOne(clients ...Client) Options {
	return Options{
		Clients:   with(clients, PrivateKeyJWT, Params),
		TokenPath: "/auth/v1/token",
		Assertion: Assertion{Algs: []string{"EdDSA"}, Life: 5 * time.Minute, Host: true, Nonce: true},
		Bare:      true,
	}
}

// TokenOS is a project of Ory's, https only.
func TokenOS(clients ...Client) Options {
	return Options{
		Clients:   with(clients, Basic, Params, PrivateKeyJWT),
		Assertion: Assertion{Algs: []string{"RS256", "ES256"}},
		TLSOnly:   true,
	}
}

// AndOpen is &Open as it is for one tenant and one API key, which both the token endpoint and the API want to see. Its
// refresh token is optional (set Refresh to NoRefresh) and is used with the tenant instead of the client's credentials.
func AndOpen(tenant string, apiKey fob.Secret, clients ...Client) Options {
	return Options{
		Clients:          with(clients, Params),
		TokenPath:        "/auth/token",
		Encodings:        []Encoding{JSON},
		TokenParams:      map[string]string{"tenant": tenant},
		TokenHeader:      map[string]fob.Secret{"x-api-key": apiKey},
		APIHeader:        map[string]fob.Secret{"x-api-key": apiKey, "x-andopen-tenant": fob.Secret(tenant)},
		Members:          map[string]any{"scope": nil, "token_type": "bearer"},
		Refresh:          Kept,
		RefreshForClient: true,
		AnonymousRefresh: true,
		Bare:             true,
	}
}

// Blynk is an organization of Blynk's: everything in the query but, if the client likes, its credentials, which come as
// Basic that nobody decodes. For refresh tokens that are dead when they are needed, make RefreshLife negative.
func Blynk(clients ...Client) Options {
	return Options{
		Clients:          with(clients, BasicRaw, Params),
		Encodings:        []Encoding{Query},
		Life:             300 * time.Second,
		Refresh:          Rotated,
		RefreshForClient: true,
		Bare:             true,
	}
}

// GitHub is GitHub as its OAuth apps see it: a public client by device, tokens without an end and without a refresh token, answers in forms,
// scopes parted by commas, refusals with status 200.
func GitHub(clients ...Client) Options {
	return Options{
		Clients:   with(clients, None, Params),
		TokenPath: "/login/oauth/access_token",
		Life:      -1,
		Members:   map[string]any{"scope": "repo,gist", "token_type": "bearer"},
		FormReply: true,
		Polite:    true,
	}
}

// with fills in how clients that do not say may authenticate.
func with(clients []Client, auth ...Auth) []Client {
	filled := make([]Client, len(clients))
	for i, c := range clients {
		if c.Auth == nil {
			c.Auth = auth
		}
		filled[i] = c
	}
	return filled
}
