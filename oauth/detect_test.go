package oauth_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// places are answers by URL; elsewhere there is nothing.
type places map[string]string

func (p places) RoundTrip(req *http.Request) (*http.Response, error) {
	if body, ok := p[req.URL.String()]; ok {
		return response(200, "application/json", body), nil
	}
	return response(404, "text/html", "<p>nothing here"), nil
}

func TestDetect(t *testing.T) {
	meta := func(issuer, authorize, more string) string {
		return `{"issuer":"` + issuer + `","token_endpoint":"` + issuer + `/t","authorization_endpoint":"` + authorize + `"` + more + `}`
	}
	web := places{
		"https://git.corp.example/.well-known/openid-configuration":                meta("https://git.corp.example", "https://git.corp.example/oauth/authorize", `,"scopes_supported":["api","read_repository"]`),
		"https://tea.corp.example/.well-known/openid-configuration":                meta("https://tea.corp.example/", "https://tea.corp.example/login/oauth/authorize", ""),
		"https://sso.corp.example/realms/corp/.well-known/openid-configuration":    meta("https://sso.corp.example/realms/corp", "https://sso.corp.example/realms/corp/protocol/openid-connect/auth", ""),
		"https://login.corp.example/.well-known/oauth-authorization-server/tenant": meta("https://login.corp.example/tenant", "https://login.corp.example/a", ""),
		"https://corp.okta.com/oauth2/default/.well-known/openid-configuration":    meta("https://corp.okta.com/oauth2/default", "https://corp.okta.com/oauth2/default/v1/authorize", ""),
		"https://slash.example/.well-known/openid-configuration":                   meta("https://slash.example/", "https://slash.example/a", ""),
		"https://evil.example/.well-known/openid-configuration":                    meta("https://login.corp.example/tenant", "https://evil.example/a", ""),
		"https://liar.example/.well-known/openid-configuration":                    meta("https://liar.example/other", "https://liar.example/a", ""),
		"https://html.example/.well-known/openid-configuration":                    "<html>",
	}
	for raw, want := range map[string]oauth.Detected{
		"github.com":                           {Provider: "github"},
		"https://github.com/fobkit/fob.git":    {Provider: "github"},
		"https://corp.ghe.com":                 {Provider: "github", Host: "corp.ghe.com"},
		"https://gitlab.com":                   {Provider: "gitlab"},
		"https://gitlab.com/group/project":     {Provider: "gitlab"},
		"https://codeberg.org/forgejo/forgejo": {Provider: "gitea", Host: "codeberg.org"},
		"https://accounts.google.com":          {Provider: "google"},
		"https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0": {Provider: "entra", Tenant: "contoso.onmicrosoft.com"},
		"https://login.microsoftonline.us":                               {Provider: "entra", Host: "login.microsoftonline.us"},
		"https://corp.okta.com":                                          {Provider: "okta", Host: "corp.okta.com"},
		"https://corp.okta.com/oauth2/default":                           {Provider: "okta", Issuer: "https://corp.okta.com/oauth2/default"},
		"https://corp.eu.auth0.com/":                                     {Provider: "auth0", Host: "corp.eu.auth0.com"},
		"https://git.corp.example/team/app.git":                          {Provider: "gitlab", Issuer: "https://git.corp.example"},
		"https://tea.corp.example":                                       {Provider: "gitea", Host: "tea.corp.example"},
		"https://sso.corp.example/realms/corp/":                          {Provider: "keycloak", Issuer: "https://sso.corp.example/realms/corp"},
		"https://login.corp.example/tenant":                              {Provider: "oidc", Issuer: "https://login.corp.example/tenant"},
		"slash.example":                                                  {Provider: "oidc", Issuer: "https://slash.example/"},
	} {
		got, err := oauth.Detect(t.Context(), raw, web)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", raw, got, err, want)
		}
	}
	for _, raw := range []string{"https://nothing.example", "https://evil.example", "https://liar.example", "https://html.example", "https://github.com.evil.example", "https://evilgithub.com"} {
		var e *oauth.Error
		if got, err := oauth.Detect(t.Context(), raw, web); !errors.As(err, &e) || fob.OutcomeOf(err) != fob.Terminal {
			t.Errorf("%s: got %+v, %v, want that nothing is known of it", raw, got, err)
		}
	}
	for _, raw := range hostile {
		var e *oauth.LocalError
		if got, err := oauth.Detect(t.Context(), raw, places{}); !errors.As(err, &e) && err == nil {
			t.Errorf("%q: got %+v, %v, want it refused", raw, got, err)
		}
	}
}

func TestProvidersBringTheirEndpoints(t *testing.T) {
	type brought struct {
		issuer, authorize, token, device, redirect, scopes, prompt string
		origin                                                     string
		hosts                                                      int
	}
	of := func(s oauth.Settings) brought {
		s.ClientID = "cli"
		sys := must(s.Open())
		g, c := sys.Grant.(oauth.Person), sys.Client
		b := brought{c.Issuer, c.AuthorizationURL, c.TokenURL, c.DeviceURL, "", "", g.AuthParams.Get("prompt"), sys.API.Origin(), len(sys.Hosts)}
		for _, r := range g.Redirects {
			b.redirect += r
		}
		for _, scope := range g.Scopes {
			b.scopes += scope + " "
		}
		return b
	}
	person := func(provider, host, tenant string) oauth.Settings {
		return oauth.Settings{Provider: provider, Host: host, Tenant: tenant, Grant: "authorization_code"}
	}
	withSecret := person("github", "", "")
	withSecret.ClientSecret = secret
	own := person("gitlab", "", "")
	own.Issuer = "https://git.corp.example"
	ownIssuer := person("entra", "", "")
	ownIssuer.Issuer = "https://login.microsoftonline.com/t1/v2.0"
	scoped := person("entra", "", "contoso")
	scoped.Scopes, scoped.AuthParams = []string{"api://x/.default"}, map[string][]string{"prompt": {"login"}}
	const offline = "openid profile offline_access "
	for _, tt := range []struct {
		name     string
		settings oauth.Settings
		want     brought
	}{
		{"github", person("github", "", ""), brought{"", "", "https://github.com/login/oauth/access_token", "https://github.com/login/device/code", "", "repo ", "", "https://api.github.com", 1}},
		{"github with a secret", withSecret, brought{"", "https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token", "https://github.com/login/device/code", "", "repo ", "", "https://api.github.com", 1}},
		{"github of one's own", person("github", "corp.ghe.com", ""), brought{"", "", "https://corp.ghe.com/login/oauth/access_token", "https://corp.ghe.com/login/device/code", "", "repo ", "", "https://api.corp.ghe.com", 1}},
		{"gitlab", person("gitlab", "", ""), brought{"https://gitlab.com", "", "", "", "", "read_repository write_repository ", "", "https://gitlab.com", 0}},
		{"gitlab of one's own", own, brought{"https://git.corp.example", "", "", "", "", "read_repository write_repository ", "", "https://git.corp.example", 0}},
		{"gitea", person("gitea", "tea.corp.example:3000", ""), brought{"", "https://tea.corp.example:3000/login/oauth/authorize", "https://tea.corp.example:3000/login/oauth/access_token", "", "", "read:repository write:repository ", "", "https://tea.corp.example:3000", 0}},
		{"google", person("google", "", ""), brought{"https://accounts.google.com", "", "", "", "", "openid email ", "consent", "", 1}},
		{"entra", person("entra", "", ""), brought{"", "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize", "https://login.microsoftonline.com/organizations/oauth2/v2.0/token", "https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode", "http://localhost", offline, "select_account", "", 0}},
		{"entra, of the user's own", scoped, brought{"", "https://login.microsoftonline.com/contoso/oauth2/v2.0/authorize", "https://login.microsoftonline.com/contoso/oauth2/v2.0/token", "https://login.microsoftonline.com/contoso/oauth2/v2.0/devicecode", "http://localhost", "api://x/.default ", "login", "", 0}},
		{"entra, an issuer of its own", ownIssuer, brought{"https://login.microsoftonline.com/t1/v2.0", "", "", "", "http://localhost", offline, "select_account", "", 0}},
		{"okta", person("okta", "corp.okta.com", ""), brought{"https://corp.okta.com", "", "", "", "", offline, "", "", 0}},
		{"auth0", person("auth0", "corp.auth0.com", ""), brought{"https://corp.auth0.com/", "", "", "", "", offline, "", "", 0}},
		{"keycloak", person("keycloak", "sso.corp.example", "a/b"), brought{"https://sso.corp.example/realms/a%2Fb", "", "", "", "", offline, "", "", 0}},
	} {
		if got := of(tt.settings); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
	for provider, want := range map[string]string{
		"gitea": "provider gitea: host is missing", "okta": "provider okta: host is missing", "auth0": "provider auth0: host is missing", "keycloak": "provider keycloak: host is missing",
	} {
		if _, err := person(provider, "", "").Open(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", provider, err, want)
		}
	}
	if _, err := person("keycloak", "sso.corp.example", "").Open(); err == nil || err.Error() != "provider keycloak: tenant is missing" {
		t.Errorf("keycloak without realm: got %v", err)
	}
	if _, err := person("okta", "corp.okta.com/evil", "").Open(); err == nil {
		t.Error("a host with a path in it is taken")
	}
	m2m := must(oauth.Settings{Provider: "entra", ClientID: "cli", ClientSecret: secret}.Open()).Grant.(oauth.ClientCredentials)
	if m2m.Scopes != nil {
		t.Errorf("client_credentials ask for %q, want what is configured", m2m.Scopes)
	}
}
