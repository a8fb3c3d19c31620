package peer

import (
	"context"
	"net/http"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
)

func fobChain(n Net) http.RoundTripper { return must(transport.New(fobConfig(n))) }

func fobTimeout(n Net) http.RoundTripper {
	c := fobConfig(n)
	c.Timeout = middleware.Timeout{Headers: time.Minute}
	return must(transport.New(c))
}

func fobKey(n Net) http.RoundTripper {
	c := fobConfig(n)
	c.Header = http.Header{"X-Api-Key": {"fob-canary-7f3a9c-key"}}
	return must(transport.New(c))
}

func fobAuth(n Net) http.RoundTripper {
	c := fobConfig(n)
	return must(middleware.Chain(c.Base, middleware.Auth{Source: c.Source, Hosts: c.Hosts}))
}

func fobConfig(n Net) transport.Config {
	return transport.Config{Base: n.API, Source: fobSource(n), Hosts: []string{Host}, Retry: middleware.Retry{Wait: n.Wait, MaxWait: n.Wait}}
}

func fobSource(n Net) fob.Source {
	grant := oauth.ClientCredentials{Client: &oauth.Client{
		TokenURL: TokenURL, ClientID: "bench", Auth: oauth.Basic{Secret: fob.Secret("not much of one")}, Transport: n.Tokens,
	}}
	src := new(fob.Cache).Source(grant.Key(), grant)
	if n.Aged > 0 {
		tok := must(fetch(context.Background(), n.Tokens))
		issued := time.Now().Add(-n.Aged)
		must(0, src.Replace(context.Background(), fob.Token{Access: fob.Secret(tok.Access), Type: "Bearer", Issued: issued, Expiry: issued.Add(n.Life)}))
	}
	return src
}
