package oauth

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// presets fill in what the user left out of the systems fob knows.
var presets = map[string]func(*Settings) error{
	"conductorone": conductorOne,
	"tokenos":      tokenOS,
	"andopen":      andOpen,
	"blynk":        blynk,
	"oidc":         oidc,

	"github": kinds["github"].fill, "gitlab": kinds["gitlab"].fill, "gitea": kinds["gitea"].fill, "google": kinds["google"].fill,
	"entra": kinds["entra"].fill, "okta": kinds["okta"].fill, "auth0": kinds["auth0"].fill, "keycloak": kinds["keycloak"].fill,
}

var (
	errHost     = errors.New("host is missing or not a host name with an optional port")
	errClientID = errors.New("client id is not <name>@<host>/<use>")
	errHeader   = errors.New("credentials never go into a header here")
	errProject  = errors.New("neither project nor host nor token endpoint is set")
)

// conductorOne wants a signed assertion for the host of the client id, wherever the endpoint is, or id and secret in the body.
func conductorOne(s *Settings) error {
	named, err := clientHost(s.ClientID)
	if err != nil {
		return err
	}
	s.Host = cmp.Or(s.Host, named.Host)
	if err := s.fillHost("/auth/v1/token", "/api/v1"); err != nil {
		return err
	}
	if s.Auth == "basic" || s.Auth == "raw" {
		return &LocalError{"auth", errHeader}
	}
	if s.Grant == grantTokenExchange { // of a client for workload federation: the subject token proves who asks
		s.Auth = cmp.Or(s.Auth, "none")
		return nil
	}
	s.Auth = cmp.Or(s.Auth, "private_key_jwt")
	if s.Key == nil {
		s.Key = SecretToken{s.ClientSecret}
	}
	a := &s.Assertion
	if a.Audience == nil {
		a.Audience, a.List = []string{named.Hostname()}, true
	}
	a.Lifetime = cmp.Or(a.Lifetime, 2*time.Minute)
	a.Backdate = cmp.Or(a.Backdate, 2*time.Minute)
	a.JTI, a.Nonce = cmp.Or(a.JTI, new(false)), cmp.Or(a.Nonce, new(true))
	return nil
}

// clientHost is the host in a client id <name>@<host[:port]>/<use>.
func clientHost(id string) (*url.URL, error) {
	name, rest, found := strings.Cut(id, "@")
	host, use, slash := strings.Cut(rest, "/")
	u, err := hostURL(host)
	if !found || !slash || name == "" || use == "" || err != nil {
		return nil, errClientID
	}
	return u, nil
}

// hostURL parses a host with an optional port, and nothing else.
func hostURL(host string) (*url.URL, error) {
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" {
		return nil, errHost
	}
	return u, nil
}

// fillHost makes the URLs left out of the host.
func (s *Settings) fillHost(token, api string) error {
	if s.TokenURL != "" && s.API != "" {
		return nil
	}
	if _, err := hostURL(s.Host); err != nil {
		return err
	}
	s.TokenURL = cmp.Or(s.TokenURL, "https://"+s.Host+token)
	s.API = cmp.Or(s.API, "https://"+s.Host+api)
	return nil
}

// tokenOS is a project of Ory's. Its tokens are for its customers' own APIs. Plain http is refused even on loopback.
func tokenOS(s *Settings) error {
	if s.Host == "" && s.Project != "" {
		s.Host = s.Project + ".projects.oryapis.com"
	}
	if s.TokenURL == "" {
		if _, err := hostURL(s.Host); err != nil {
			return errProject
		}
		s.TokenURL = "https://" + s.Host + "/oauth2/token"
		s.RevocationURL = cmp.Or(s.RevocationURL, "https://"+s.Host+"/oauth2/revoke")
	}
	for what, raw := range map[string]string{"token endpoint": s.TokenURL, "API": s.API} {
		if raw != "" && !strings.HasPrefix(raw, "https://") {
			return &LocalError{what, ErrInsecure}
		}
	}
	return nil
}

// andOpen speaks JSON. Its refresh token is used with the tenant alone. Newer API versions take a static token instead.
func andOpen(s *Settings) error {
	if s.TokenURL == "" {
		s.TokenURL = "https://auth.andopen.co/auth/token"
		if s.Staging {
			s.TokenURL = "https://staging.auth.andopen.co/auth/token"
		}
	}
	if s.API == "" && !s.Staging { // where staging's API is, its user must say: its tokens must not go to the real one
		s.API = "https://api.andopen.co"
	}
	s.Auth = cmp.Or(s.Auth, "params")
	s.RefreshAuth = cmp.Or(s.RefreshAuth, "anonymous")
	s.Encoding = cmp.Or(s.Encoding, JSON)
	s.Header = s.withAPIKey(s.Header)
	s.APIHeader = s.withAPIKey(s.APIHeader)
	if s.APIVersion != "" {
		setDefault(s.APIHeader, "AndOpen-API-Version", fob.Secret(s.APIVersion))
	}
	if s.Tenant != "" {
		setDefault(s.APIHeader, cmp.Or(s.TenantHeader, "x-andopen-tenant"), fob.Secret(s.Tenant))
		s.Params = clone(s.Params)
		if !s.Params.Has("tenant") {
			s.Params.Set("tenant", s.Tenant)
		}
	}
	return nil
}

// withAPIKey is a copy of header with the API key in it.
func (s *Settings) withAPIKey(header map[string]SecretSource) map[string]SecretSource {
	h := maps.Clone(header)
	if h == nil {
		h = make(map[string]SecretSource)
	}
	if s.APIKey != nil {
		setDefault(h, "x-api-key", s.APIKey)
	}
	return h
}

// setDefault sets a header that is not there under any letter case.
func setDefault(header map[string]SecretSource, name string, value SecretSource) {
	for have := range header {
		if strings.EqualFold(have, name) {
			return
		}
	}
	header[name] = value
}

// blynk takes parameters in the query, beside Basic that it does not decode; or everything in the query (Auth: "params").
func blynk(s *Settings) error {
	s.Auth = cmp.Or(s.Auth, "raw")
	s.Encoding = cmp.Or(s.Encoding, Query)
	return s.fillHost("/oauth2/token", "")
}

// oidc finds everything by its issuer.
func oidc(s *Settings) error {
	if s.Issuer == "" {
		return &LocalError{"issuer", errMissing}
	}
	return nil
}
