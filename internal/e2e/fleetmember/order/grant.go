package order

import (
	"net/http"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// What the fleet is to the authorization server. None of it shall be found in Redis.
const (
	Client = "report-job"
	Secret = fob.Secret("fleet-fob-canary-7f3a9c")
	Scope  = "reports:read"
	URL    = "http://127.0.0.1/oauth2/token"
)

// Grant asks the authorization server over rt.
func Grant(rt http.RoundTripper) oauth.ClientCredentials {
	return oauth.ClientCredentials{
		Client: &oauth.Client{TokenURL: URL, ClientID: Client, Auth: oauth.Basic{Secret: Secret}, Transport: rt},
		Scopes: []string{Scope},
	}
}
