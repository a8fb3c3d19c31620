package session

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/oauth"
)

// settings puts what a profile says, and a request of it, into package oauth's words. The caller holds mu.
func (s *Session) settings(c *config.Profile, w Wish, rt http.RoundTripper) oauth.Settings {
	o := oauth.Settings{
		Provider: c.Provider, Host: cmp.Or(c.Host, c.Server), Project: c.Project,
		Tenant: c.Tenant, TenantHeader: c.TenantHeader, Staging: c.Staging, APIVersion: c.APIVersion, APIKey: secret(c.APIKey),
		Issuer: c.Issuer, TokenURL: c.TokenEndpoint, RevocationURL: c.RevocationEndpoint, API: c.API,
		AuthorizationURL: c.AuthorizationEndpoint, DeviceURL: c.DeviceEndpoint, KeysURL: c.JWKS,
		AuthParams: values(c.AuthParams), Redirects: c.RedirectURI,
		Grant: c.GrantType(), Account: s.account(c, w), ClientID: c.ClientID, ClientSecret: secret(c.ClientSecret),
		Key: key(c.PrivateKey), RefreshToken: secret(c.RefreshToken), Token: secret(c.Token),
		Subject: s.voucher(c.SubjectToken, w, rt), SubjectType: tokenType(c.SubjectTokenType, c.SubjectToken),
		Actor: s.voucher(c.ActorToken, w, rt), ActorType: tokenType(c.ActorTokenType, c.ActorToken), RequestedType: c.RequestedTokenType,
		RoleARN: c.RoleARN, RoleSessionName: c.RoleSessionName, Region: c.Region,
		Registry: c.Registry, Service: tokenService(c),
		ClientAssertion: s.voucher(c.ClientAssertion, w, rt),
		Auth:            auth(c), RefreshAuth: c.RefreshClientAuth, Algorithm: c.Assertion.Algorithm, KeyID: c.Assertion.KeyID, Assertion: assertion(c.Assertion),
		Encoding: encodings[c.Encoding], Params: values(c.Params), RefreshParams: values(c.RefreshParams),
		Header: secrets(c.Headers), APIHeader: secrets(c.APIHeaders),
		Scopes: c.Scopes, Audience: c.Audience, Resource: c.Resource, Transport: rt,
	}
	if w.Audience != "" {
		o.Audience = []string{w.Audience}
	}
	if c.GrantType() == config.Certificate {
		o.Grant = config.Static // of which there is no token
	}
	return o
}

var encodings = map[string]oauth.Encoding{"form": oauth.Form, "json": oauth.JSON, "query": oauth.Query}

func auth(c *config.Profile) string {
	if c.RawBasic && (c.ClientAuth == "" || c.ClientAuth == "basic") {
		return "raw"
	}
	return c.ClientAuth
}

func assertion(a config.Assertion) oauth.Assertion {
	out := oauth.Assertion{
		Audience: a.Audience.Values, List: a.Audience.List,
		Lifetime: time.Duration(a.Lifetime), Backdate: -time.Duration(a.NotBefore), JTI: a.JTI, Nonce: a.Nonce,
	}
	for name, value := range a.Header {
		if out.Header == nil {
			out.Header = make(map[string]any)
		}
		out.Header[name] = value
	}
	return out
}

// secret is ref as an interface that is nil where nothing was written.
func secret(ref config.SecretRef) oauth.SecretSource {
	if ref.IsZero() {
		return nil
	}
	return ref
}

func key(ref config.SecretRef) oauth.KeySource {
	if ref.IsZero() {
		return nil
	}
	return oauth.KeyText{Text: ref}
}

func secrets(refs map[string]config.SecretRef) map[string]oauth.SecretSource {
	var out map[string]oauth.SecretSource
	for name, ref := range refs {
		if out == nil {
			out = make(map[string]oauth.SecretSource)
		}
		out[name] = ref
	}
	return out
}

func values(params map[string]config.List) url.Values {
	var out url.Values
	for name, list := range params {
		if out == nil {
			out = make(url.Values)
		}
		out[name] = list
	}
	return out
}

// TransportFor trusts the authorities of a PEM file beside the system's. An empty name is no transport of its own.
func TransportFor(caFile string) (http.RoundTripper, error) {
	c, err := trusting(caFile)
	if c == nil || err != nil {
		return nil, err
	}
	t := DefaultTransport()
	t.TLSClientConfig = c
	return t, nil
}

// trusting is what TransportFor says. An empty name is nil.
func trusting(caFile string) (*tls.Config, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New(caFile + ": no certificate in it")
	}
	return &tls.Config{RootCAs: pool}, nil
}

// DefaultTransport is a copy of http.DefaultTransport, or what that is before a program wraps it in something else.
func DefaultTransport() *http.Transport {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		MaxIdleConns: 100, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: time.Second,
	}
}

func trimHTTPS(origin string) string { return strings.TrimPrefix(origin, "https://") }
