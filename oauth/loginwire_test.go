package oauth_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// oneForAll is an answer to every request of a login: metadata, device code and token.
func oneForAll(issuer string) string {
	at := strings.TrimSuffix(issuer, "/")
	return `{"issuer":"` + issuer + `","authorization_endpoint":"` + at + `/authorize","token_endpoint":"` + at + `/token",` +
		`"device_authorization_endpoint":"` + at + `/device","device_code":"device-fob-canary-7f3a9c","user_code":"U","verification_uri":"https://h/",` +
		`"access_token":"` + string(access) + `","token_type":"bearer"}`
}

// fresh is what is made up for each login.
var fresh = regexp.MustCompile(`(state|nonce|code_challenge|code_verifier)=[A-Za-z0-9_-]{26,}`)

func TestLoginRequestsAreByteExact(t *testing.T) {
	ofHost := func(provider, host, tenant, issuer string) oauth.Settings {
		return oauth.Settings{Provider: provider, Host: host, Tenant: tenant, Transport: &wire{answer: oneForAll(issuer)}}
	}
	for _, tt := range []struct {
		name     string
		settings oauth.Settings
		secret   fob.Secret
		device   bool
	}{
		{"github", ofHost("github", "", "", ""), "", true},
		{"github", ofHost("github", "", "", ""), secret, false},
		{"gitlab", ofHost("gitlab", "", "", "https://gitlab.com"), "", false},
		{"gitea", ofHost("gitea", "tea.corp.example", "", ""), "", false},
		{"google", ofHost("google", "", "", "https://accounts.google.com"), secret, false},
		{"entra", ofHost("entra", "", "contoso.example", ""), "", true},
		{"entra", ofHost("entra", "", "contoso.example", ""), "", false},
		{"okta", ofHost("okta", "corp.okta.com", "", "https://corp.okta.com"), "", true},
		{"auth0", ofHost("auth0", "corp.auth0.com", "", "https://corp.auth0.com/"), "", false},
		{"keycloak", ofHost("keycloak", "sso.corp.example", "corp", "https://sso.corp.example/realms/corp"), secret, true},
	} {
		flow := map[bool]string{true: "device", false: "browser"}[tt.device]
		t.Run(tt.name+" "+flow, func(t *testing.T) {
			tt.settings.Grant, tt.settings.ClientID = "device_code", "cli"
			if tt.secret != "" {
				tt.settings.ClientSecret = tt.secret
			}
			if tt.name == "auth0" {
				tt.settings.Audience = []string{"https://api.corp.example"}
			}
			g := must(tt.settings.Open()).Grant.(oauth.Person)
			var got string
			if tt.device {
				synctest.Test(t, func(t *testing.T) { got = must(byDevice(t, g)) })
			} else {
				got = must(byBrowser(t, g))
			}
			for _, request := range tt.settings.Transport.(*wire).requests {
				if strings.HasPrefix(request, "POST ") {
					got += request + "\n\n"
				}
			}
			golden(t, "login-"+tt.name+"-"+flow, fresh.ReplaceAllString(got, "$1=NEW"))
		})
	}
}

func byDevice(t *testing.T, g oauth.Person) (string, error) {
	_, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
	return "", err
}

func byBrowser(t *testing.T, g oauth.Person) (string, error) {
	a, err := g.Authorize(t.Context(), "http://127.0.0.1:7")
	if err != nil {
		return "", err
	}
	state := must(url.Parse(a.URL)).Query().Get("state")
	_, err = a.Finish(t.Context(), "http://127.0.0.1:7/?code=code-fob-canary-7f3a9c&state="+state)
	return "GET " + a.URL + "\n\n", err
}
