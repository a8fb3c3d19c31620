package peer

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func oauth2Transport(n Net) http.RoundTripper {
	return &oauth2.Transport{Source: oauth2Source(n, oauth2.AuthStyleInHeader), Base: n.API}
}

func oauth2Probe(n Net) http.RoundTripper {
	return &oauth2.Transport{Source: oauth2Source(n, oauth2.AuthStyleAutoDetect), Base: n.API}
}

// oauth2Source asks in a style that is known or, as by default, to be found out by trying both.
func oauth2Source(n Net, style oauth2.AuthStyle) oauth2.TokenSource {
	c := clientcredentials.Config{ClientID: "bench", ClientSecret: "not much of one", TokenURL: TokenURL, AuthStyle: style}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: n.Tokens})
	if n.Early == 0 {
		return c.TokenSource(ctx)
	}
	return oauth2.ReuseTokenSourceWithExpiry(nil, uncached{c, ctx}, n.Early)
}

type uncached struct {
	clientcredentials.Config
	ctx context.Context // of the client alone: x/oauth2 asks for every token under the same one
}

func (u uncached) Token() (*oauth2.Token, error) { return u.Config.Token(u.ctx) }
