package peer

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"oras.land/oras-go/v2/registry/remote/auth"
)

// Challenge is how a registry says where its tokens are.
const Challenge = `Bearer realm="` + TokenURL + `",service="` + Host + `"`

// registry sends a client's requests for tokens to the token endpoint, and the rest to the API.
func registry(n Net) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		switch req.URL.Path {
		case "/token":
			return n.Tokens.RoundTrip(req)
		case "/v2/":
			resp := Answer(req, http.StatusUnauthorized, "")
			resp.Header.Set("WWW-Authenticate", Challenge)
			return resp, nil
		}
		return n.API.RoundTrip(req)
	})
}

// orasClient has its first token already, if not told otherwise: it gets one where it is asked for one.
func orasClient(n Net) http.RoundTripper {
	c := &auth.Client{Client: &http.Client{Transport: registry(n)}, Cache: auth.NewCache(), ForceAttemptOAuth2: true, Credential: orasCredential}
	if n.Cold {
		return roundTrip(c.Do)
	}
	_, _ = c.Cache.Set(context.Background(), Host, auth.SchemeBearer, "", func(ctx context.Context) (string, error) {
		t, err := fetch(ctx, n.Tokens)
		return t.Access, err
	})
	return roundTrip(c.Do)
}

func orasCredential(context.Context, string) (auth.Credential, error) {
	return auth.Credential{Username: "bench", Password: "not much of one"}, nil
}

func ggcr(n Net) http.RoundTripper {
	basic := &authn.Basic{Username: "bench", Password: "not much of one"}
	return must(transport.NewWithContext(context.Background(), must(name.NewRegistry(Host)), basic, registry(n), []string{"all"}))
}
