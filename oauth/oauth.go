// Package oauth asks authorization servers for tokens (RFC 6749): grants, client authentication, the token endpoint's
// ways of being asked, discovery and revocation, a person's login by browser or device, and the systems fob knows by name.
//
// A Client says whom to ask and how to prove who asks; a grant says for what. A grant is a [fob.Grant], and knows the [fob.Key]
// its tokens are kept under:
//
//	grant := oauth.ClientCredentials{
//		Client: &oauth.Client{
//			Issuer:   "https://login.example.com",
//			ClientID: "report-job",
//			Auth:     oauth.Basic{Secret: fob.Secret(os.Getenv("REPORT_SECRET"))},
//		},
//		Scopes: []string{"reports:read"},
//	}
//	src := cache.Source(grant.Key(), grant)
//
// Endpoints are https, but for loopback; redirects are not followed; nothing that was sent or received, a URL's query
// included, appears in an error.
package oauth

import (
	"context"
	"errors"

	"github.com/fobkit/fob"
)

// Grant is a fob.Grant that knows the key its tokens are kept under.
type Grant interface {
	fob.Grant
	Key() fob.Key
}

// SecretSource gives a secret when it is needed: once a token request. A [fob.Secret] is its own source. An error means that
// nothing was asked of the server: [fob.Local].
type SecretSource interface {
	Secret(ctx context.Context) (fob.Secret, error)
}

var (
	errMissing = errors.New("not set")
	errEmpty   = errors.New("empty")
)

// reveal asks src for the secret that errors call what.
func reveal(ctx context.Context, what string, src SecretSource) (fob.Secret, error) {
	if src == nil {
		return "", &LocalError{what, errMissing}
	}
	s, err := src.Secret(ctx)
	switch {
	case err != nil:
		return "", &LocalError{what, err}
	case s == "":
		return "", &LocalError{what, errEmpty}
	}
	return s, nil
}
