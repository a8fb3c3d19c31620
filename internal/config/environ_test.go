package config

import (
	"reflect"
	"testing"
)

func TestProfileFromTheEnvironment(t *testing.T) {
	c := mustLoad(t, nil,
		"FOB_ISSUER=https://login.example", "FOB_CLIENT_ID=ci", "FOB_CLIENT_SECRET="+canary, "FOB_SCOPES=read write",
		"FOB_HOSTS=git.example,*.k8s.example:6443", "FOB_ALLOW=raw", "FOB_RAW_BASIC=1", "FOB_USERNAME=oauth2", "FOB_API_KEY=", "FOB_LOG=debug", "OTHER=x")
	p, err := c.Pick("")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != EnvProfile || p.Issuer != "https://login.example" || p.ClientID != "ci" || !p.RawBasic || len(p.Hosts) != 2 ||
		!reflect.DeepEqual(p.Scopes, List{"read", "write"}) || !reflect.DeepEqual(p.Allow, List{"raw"}) {
		t.Errorf("got %+v", p)
	}
	if s, err := p.ClientSecret.Secret(t.Context()); s != canary || err != nil {
		t.Errorf("got another secret, %v", err)
	}
	if got := p.Origin("client_id").String(); got != "FOB_CLIENT_ID" {
		t.Errorf("got origin %s, want FOB_CLIENT_ID", got)
	}
}

func TestStaticTokenFromTheEnvironment(t *testing.T) {
	p := mustLoad(t, nil, "FOB_TOKEN="+canary).Profiles[EnvProfile]
	if got := p.GrantType(); got != Static {
		t.Errorf("got grant %s, want %s", got, Static)
	}
}

func TestWrongVariablesAreNamed(t *testing.T) {
	for _, tc := range []struct {
		env  []string
		want string
	}{
		{[]string{"FOB_CLINET_ID=x"}, "FOB_CLINET_ID: unknown variable, did you mean FOB_CLIENT_ID?"},
		{[]string{"FOB_CLIENT_SECET=" + canary}, "FOB_CLIENT_SECET: unknown variable, did you mean FOB_CLIENT_SECRET?"},
		{[]string{"FOB_SCOPE=x"}, "FOB_SCOPE: unknown variable, did you mean FOB_SCOPES?"},
		{[]string{"FOB_SECRET=" + canary}, "FOB_SECRET: unknown variable, did you mean FOB_CLIENT_SECRET?"},
		{[]string{"FOB_HOST=git.example", "FOB_TOKEN=" + canary}, "FOB_HOST: only for provider conductorone, tokenos, github, gitlab, gitea, entra, okta, auth0, keycloak, did you mean FOB_HOSTS?"},
		{[]string{"FOB_XYZ=x"}, "FOB_XYZ: unknown variable"},
		{[]string{"FOB_PARAMS=x"}, "FOB_PARAMS: unknown variable"},
		{[]string{"FOB_GRANT=password"}, "FOB_GRANT: wants one of client_credentials, refresh_token, static, device_code, authorization_code, token_exchange, jwt_bearer, aws_web_identity, registry, certificate"},
		{[]string{"FOB_RAW_BASIC=maybe"}, "FOB_RAW_BASIC: wants true or false"},
		{[]string{"FOB_HOSTS=a..b"}, `FOB_HOSTS: "a..b": host: empty, or has an empty label`},
		{[]string{"FOB_ISSUER=http://login.example"}, "FOB_ISSUER: wants an https URL; http is for 127.0.0.0/8, [::1] and localhost only"},
		{[]string{"FOB_CLIENT_ID=x"}, "profile.env: FOB_ISSUER is missing, or token_endpoint, or provider"},
		{[]string{"FOB_ISSUER=https://login.example"}, "profile.env: FOB_CLIENT_ID is missing"},
		{[]string{"FOB_PROFILE=acme"}, "FOB_PROFILE: no profile of that name"},
		{[]string{"FOB_CONFIG=x.toml"}, "FOB_CONFIG: not an absolute path"},
	} {
		if got := loadError(t, nil, tc.env...); got != tc.want {
			t.Errorf("%q: got %s, want %s", tc.env, got, tc.want)
		}
	}
}
