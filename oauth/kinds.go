package oauth

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// kind is a system of which data says all. {host} and {tenant} in its patterns stand for the Settings' own.
type kind struct {
	host, tenant string // where the user says nothing. Empty: what needs it fails

	issuer                   string // where there is metadata; else the endpoints:
	authorize, token, device string
	keys, idIssuer           string

	api   string
	hosts []string // beside the API's, where tokens go unasked

	scopes     []string   // of a person who names none
	authParams url.Values // that the user's are added to
	redirect   string
	auth       string // of a client with a secret
	secretive  bool   // a browser's code is exchanged for clients with a secret alone

	known []string // hosts by which a URL is recognised: a name, or "." and what it ends in
	trait string   // of metadata by which it is recognised: a scope, or what is in the path of the authorization endpoint
}

// kinds are recognised by traits in the order of their names.
var kinds = map[string]kind{
	"github": {
		host: "github.com", authorize: "https://{host}/login/oauth/authorize", token: "https://{host}/login/oauth/access_token",
		device: "https://{host}/login/device/code", api: "https://api.{host}", hosts: []string{"{host}"},
		scopes: []string{"repo"}, auth: "params", secretive: true,
		known: []string{"github.com", ".ghe.com"},
	},
	"gitlab": {
		host: "gitlab.com", issuer: "https://{host}", api: "https://{host}/api/v4", scopes: []string{"read_repository", "write_repository"},
		known: []string{"gitlab.com"}, trait: "read_repository",
	},
	"gitea": {
		authorize: "https://{host}/login/oauth/authorize", token: "https://{host}/login/oauth/access_token", api: "https://{host}/api/v1",
		scopes: []string{"read:repository", "write:repository"},
		known:  []string{"gitea.com", "codeberg.org"}, trait: "/login/oauth/authorize",
	},
	"entra": {
		host: "login.microsoftonline.com", tenant: "organizations", authorize: "https://{host}/{tenant}/oauth2/v2.0/authorize",
		token: "https://{host}/{tenant}/oauth2/v2.0/token", device: "https://{host}/{tenant}/oauth2/v2.0/devicecode",
		keys: "https://{host}/{tenant}/discovery/v2.0/keys", idIssuer: "https://{host}/{tid}/v2.0",
		scopes: []string{"openid", "profile", "offline_access"}, authParams: url.Values{"prompt": {"select_account"}}, redirect: "http://localhost",
		known: []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"},
	},
	"google": {
		host: "accounts.google.com", issuer: "https://{host}", hosts: []string{"*.googleapis.com"}, scopes: []string{"openid", "email"},
		authParams: url.Values{"access_type": {"offline"}, "prompt": {"consent"}}, auth: "params",
		known: []string{"accounts.google.com"},
	},
	"okta":     {issuer: "https://{host}", scopes: offline, known: []string{".okta.com", ".oktapreview.com", ".okta-emea.com"}},
	"auth0":    {issuer: "https://{host}/", scopes: offline, known: []string{".auth0.com"}},
	"keycloak": {issuer: "https://{host}/realms/{tenant}", scopes: offline, trait: "/realms/"},
}

var offline = []string{"openid", "profile", "offline_access"}

var (
	errNoHost   = errors.New("host is missing")
	errNoTenant = errors.New("tenant is missing")
)

// fill makes what the user left out.
func (k kind) fill(s *Settings) error {
	s.Host = cmp.Or(s.Host, hostOf(s.Issuer), hostOf(s.TokenURL), k.host) // of another server than the usual one its own address says it
	s.Tenant = cmp.Or(s.Tenant, k.tenant)
	if s.Issuer != "" {
		k.authorize, k.token, k.device, k.keys, k.idIssuer = "", "", "", "", "" // an issuer that is named has its own
	}
	if k.secretive && s.ClientSecret == nil {
		k.authorize = ""
	}
	for _, f := range []struct {
		to      *string
		pattern string
	}{
		{&s.Issuer, k.issuer}, {&s.AuthorizationURL, k.authorize}, {&s.TokenURL, k.token}, {&s.DeviceURL, k.device},
		{&s.KeysURL, k.keys}, {&s.IDIssuer, k.idIssuer}, {&s.API, k.api},
	} {
		if err := s.expand(f.to, f.pattern); err != nil {
			return err
		}
	}
	for _, pattern := range k.hosts {
		var host string
		if err := s.expand(&host, pattern); err != nil {
			return err
		}
		s.hosts = append(s.hosts, host)
	}
	if s.ClientSecret != nil && s.Key == nil {
		s.Auth = cmp.Or(s.Auth, k.auth)
	}
	if s.isPerson() {
		k.fillPerson(s)
	}
	return nil
}

func (k kind) fillPerson(s *Settings) {
	if s.Scopes == nil {
		s.Scopes = k.scopes
	}
	if s.Redirects == nil && k.redirect != "" {
		s.Redirects = []string{k.redirect}
	}
	params := clone(k.authParams)
	for name, values := range s.AuthParams {
		params[name] = values
	}
	s.AuthParams = params
}

// expand writes pattern to an empty place.
func (s *Settings) expand(to *string, pattern string) error {
	if *to != "" || pattern == "" {
		return nil
	}
	if strings.Contains(pattern, "{host}") {
		if s.Host == "" {
			return errNoHost
		}
		if _, err := hostURL(s.Host); err != nil {
			return err
		}
	}
	if strings.Contains(pattern, "{tenant}") && s.Tenant == "" {
		return errNoTenant
	}
	*to = strings.NewReplacer("{host}", s.Host, "{tenant}", url.PathEscape(s.Tenant)).Replace(pattern)
	return nil
}

// hostOf is a URL's host and port, or nothing.
func hostOf(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.Host
	}
	return ""
}

// isPerson reports whether it takes a person to get the first token.
func (s *Settings) isPerson() bool { return slices.Contains([]string{opDevice, opAuthorize}, s.Grant) }
