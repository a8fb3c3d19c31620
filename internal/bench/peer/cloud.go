package peer

import (
	"context"
	"net/http"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/httptransport"
)

func cloud(n Net) http.RoundTripper {
	return cloudClient(httptransport.Options{BaseRoundTripper: n.API, Credentials: cloudCredentials(n)})
}

func cloudQuiet(n Net) http.RoundTripper {
	return cloudClient(httptransport.Options{BaseRoundTripper: n.API, Credentials: cloudCredentials(n), DisableTelemetry: true})
}

func cloudKey(n Net) http.RoundTripper {
	return cloudClient(httptransport.Options{BaseRoundTripper: n.API, APIKey: "fob-canary-7f3a9c-key", DisableTelemetry: true})
}

func cloudClient(o httptransport.Options) http.RoundTripper {
	return must(httptransport.NewClient(&o)).Transport
}

func cloudCredentials(n Net) *auth.Credentials {
	source := auth.NewCachedTokenProvider(cloudProvider{n.Tokens}, &auth.CachedTokenProviderOptions{ExpireEarly: n.Early})
	return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: source})
}

type cloudProvider struct{ tokens http.RoundTripper }

func (p cloudProvider) Token(ctx context.Context) (*auth.Token, error) {
	t, err := fetch(ctx, p.tokens)
	if err != nil {
		return nil, err
	}
	return &auth.Token{Value: t.Access, Type: "Bearer", Expiry: t.expiry()}, nil
}
