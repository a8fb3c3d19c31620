package oauth_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

var update = flag.Bool("update", false, "write the golden requests anew")

const (
	secret  = fob.Secret("s3cret-fob-canary-7f3a9c")
	apiKey  = fob.Secret("apikey-fob-canary-7f3a9c")
	refresh = fob.Secret("refresh-fob-canary-7f3a9c")
	access  = fob.Secret("access-fob-canary-7f3a9c")
)

// wire is a RoundTripper that notes each request as text, and gives one answer to all.
type wire struct {
	status   int // zero: 200
	answer   string
	requests []string
	forms    []string // the bodies alone
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	w.requests = append(w.requests, text(req, body))
	w.forms = append(w.forms, string(body))
	answer := w.answer
	if answer == "" {
		answer = `{"access_token":"` + string(access) + `","token_type":"bearer","expires_in":300,"scope":null}`
	}
	return &http.Response{StatusCode: max(w.status, 200), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

var assertion = regexp.MustCompile(`client_assertion=[^&]+`)

func text(req *http.Request, body []byte) string {
	var b strings.Builder
	b.WriteString(req.Method + " " + req.URL.String() + "\n")
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, value := range req.Header[name] {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	b.WriteString("\n" + assertion.ReplaceAllString(string(body), "client_assertion=ASSERTION"))
	return b.String()
}

// secretToken is a ConductorOne secret of a key made from a fixed seed.
func secretToken() (fob.Secret, ed25519.PublicKey) {
	key := ed25519.NewKeyFromSeed([]byte("fob-canary-7f3a9c-and-15-more..."))
	public := key.Public().(ed25519.PublicKey)
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := `{"kty":"OKP","crv":"Ed25519","x":"` + b64(public) + `","d":"` + b64(key.Seed()) + `"}`
	return fob.Secret("secret-token:conductorone.com:v1:" + b64([]byte(jwk))), public
}

func TestRequestsAreByteExact(t *testing.T) {
	c1Secret, _ := secretToken()
	c1 := oauth.Settings{Provider: "conductorone", ClientID: "lucky-panda-12345@acme.conductor.one:8443/pcc", ClientSecret: c1Secret}
	tokenOS := oauth.Settings{
		Provider: "tokenos", Project: "slug", Scopes: []string{"read"},
		ClientID: "id:% +é", ClientSecret: fob.Secret("s:% +é-fob-canary-7f3a9c"),
	}
	andOpen := oauth.Settings{Provider: "andopen", Tenant: "acme", APIKey: apiKey, ClientID: "id", ClientSecret: secret}
	blynk := oauth.Settings{Provider: "blynk", Host: "fra1.blynk.cloud", ClientID: "oa2-client", ClientSecret: secret}
	plain := oauth.Settings{TokenURL: "https://login.example.com/token?keep=1", ClientID: "id", ClientSecret: secret}
	fresh, old := fob.Token{}, fob.Token{Refresh: refresh}
	tests := []struct {
		name     string
		settings oauth.Settings
		change   func(*oauth.Settings)
		last     fob.Token
	}{
		{"conductorone-assertion", c1, nil, fresh},
		{"conductorone-params", c1, func(s *oauth.Settings) { s.Auth = "params" }, fresh},
		{"conductorone-other-endpoint", c1, func(s *oauth.Settings) { s.TokenURL = "https://proxy.example.com/t" }, fresh},
		{"tokenos-basic", tokenOS, nil, fresh},
		{"tokenos-params", tokenOS, func(s *oauth.Settings) { s.Auth = "params" }, fresh},
		{"tokenos-private-key-jwt", tokenOS, func(s *oauth.Settings) { s.Key = oauth.KeyText{Text: ecKey(t)} }, fresh},
		{"andopen", andOpen, nil, fresh},
		{"andopen-staging", andOpen, func(s *oauth.Settings) { s.Staging = true }, fresh},
		{"andopen-refresh", andOpen, nil, old},
		{"andopen-refresh-with-credentials", andOpen, func(s *oauth.Settings) { s.RefreshAuth = "params" }, old},
		{"blynk-basic", blynk, nil, fresh},
		{"blynk-basic-refresh", blynk, nil, old},
		{"blynk-query", blynk, func(s *oauth.Settings) { s.Auth = "params" }, fresh},
		{"blynk-query-refresh", blynk, func(s *oauth.Settings) { s.Auth = "params" }, old},
		{"plain-all-parameters", plain, func(s *oauth.Settings) {
			s.Scopes, s.Audience, s.Resource = []string{"a", "b"}, []string{"https://api"}, []string{"https://r1", "https://r2"}
			s.Params = map[string][]string{"tenant": {"t"}}
		}, fresh},
		{"plain-all-parameters-refresh", plain, func(s *oauth.Settings) {
			s.Scopes, s.Audience, s.Resource = []string{"a", "b"}, []string{"https://api"}, []string{"https://r1", "https://r2"}
			s.Params = map[string][]string{"tenant": {"t"}}
		}, old},
		{"plain-none", plain, func(s *oauth.Settings) { s.Auth = "none" }, fresh},
		{"exchange", plain, func(s *oauth.Settings) {
			s.Grant, s.Subject, s.Scopes, s.Audience = "token_exchange", access, []string{"a"}, []string{"https://api"}
		}, fresh},
		{"exchange-all-parameters", plain, func(s *oauth.Settings) {
			s.Grant, s.Subject, s.SubjectType, s.RequestedType = "token_exchange", access, "id_token", "access_token"
			s.Actor, s.ActorType, s.Resource, s.Auth, s.ClientID = apiKey, "urn:example:token", []string{"https://r1"}, "none", ""
		}, old},
		{"exchange-conductorone", oauth.Settings{Provider: "conductorone", ClientID: "ci@acme.conductor.one/wfe"}, func(s *oauth.Settings) {
			s.Grant, s.Subject = "token_exchange", access
		}, fresh},
		{"jwt-bearer", plain, func(s *oauth.Settings) { s.Grant, s.Subject, s.Scopes = "jwt_bearer", access, []string{"a"} }, fresh},
		{"plain-client-assertion", plain, func(s *oauth.Settings) { s.ClientSecret, s.ClientAssertion = nil, access }, fresh},
		{"plain-query-keeps-query", plain, func(s *oauth.Settings) { s.Encoding = oauth.Query }, fresh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := new(wire)
			tt.settings.Transport = w
			if tt.change != nil {
				tt.change(&tt.settings)
			}
			sys, err := tt.settings.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sys.Grant.Mint(context.Background(), tt.last); err != nil {
				t.Fatal(err)
			}
			if len(w.requests) != 1 {
				t.Fatalf("sent %d requests, want 1", len(w.requests))
			}
			golden(t, tt.name, w.requests[0])
		})
	}
}

// golden names the line that differs and not what is in it, since that may be a secret.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("..", "testdata", "wire", "oauth", name+".txt")
	if *update {
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(data) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(data), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("request differs from %s in line %d", path, i+1)
		}
	}
	t.Fatalf("request has %d lines, want the %d of %s", len(gotLines), len(wantLines), path)
}

func TestPresetsKnowTheAPI(t *testing.T) {
	c1Secret, _ := secretToken()
	tests := []struct {
		name     string
		settings oauth.Settings
		root     string
		origin   string
		headers  []string
	}{
		{"conductorone", oauth.Settings{Provider: "conductorone", ClientID: "a@acme.conductor.one:8443/pcc", ClientSecret: c1Secret},
			"https://acme.conductor.one:8443/api/v1", "https://acme.conductor.one:8443", nil},
		{"tokenos has none", oauth.Settings{Provider: "tokenos", Project: "slug"}, "", "", nil},
		{"andopen", oauth.Settings{Provider: "andopen", Tenant: "acme", APIKey: apiKey},
			"https://api.andopen.co", "https://api.andopen.co", []string{"x-andopen-tenant", "x-api-key"}},
		{"andopen with another tenant header", oauth.Settings{Provider: "andopen", Tenant: "acme", TenantHeader: "X-T", APIKey: apiKey},
			"https://api.andopen.co", "https://api.andopen.co", []string{"X-T", "x-api-key"}},
		{"andopen's newer API", oauth.Settings{Provider: "andopen", Grant: "static", Token: access, APIVersion: "2025-01"},
			"https://api.andopen.co", "https://api.andopen.co", []string{"AndOpen-API-Version"}},
		{"andopen's staging tokens do not go to the real API", oauth.Settings{Provider: "andopen", Staging: true}, "", "", []string{}},
		{"blynk", oauth.Settings{Provider: "blynk", Host: "fra1.blynk.cloud"}, "https://fra1.blynk.cloud", "https://fra1.blynk.cloud", nil},
		{"oidc with an API of its own", oauth.Settings{Provider: "oidc", Issuer: "https://login.example.com", API: "https://api.example.com/v2"},
			"https://api.example.com/v2", "https://api.example.com", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys, err := tt.settings.Open()
			if err != nil {
				t.Fatal(err)
			}
			if sys.API.Root != tt.root || sys.API.Origin() != tt.origin {
				t.Errorf("got root %q, origin %q, want %q, %q", sys.API.Root, sys.API.Origin(), tt.root, tt.origin)
			}
			if names := slices.Sorted(maps.Keys(sys.API.Header)); !slices.Equal(names, tt.headers) {
				t.Errorf("got headers %q, want %q", names, tt.headers)
			}
		})
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	tests := []struct {
		name     string
		settings oauth.Settings
		want     string
	}{
		{"unknown provider", oauth.Settings{Provider: "acme"}, "provider: none of andopen, auth0, blynk, conductorone, entra, gitea, github, gitlab, google, keycloak, oidc, okta, tokenos"},
		{"unknown grant", oauth.Settings{Grant: "magic"}, "grant: none of client_credentials, refresh_token, static, token_exchange, jwt_bearer, aws_web_identity, registry, authorization_code and device_code"},
		{"unknown auth", oauth.Settings{Auth: "magic"}, "auth: none of basic, raw, params, private_key_jwt, client_secret_jwt, client_assertion, none and anonymous"},
		{"conductorone id without host", oauth.Settings{Provider: "conductorone", ClientID: "panda/pcc"}, "provider conductorone: client id is not <name>@<host>/<use>"},
		{"conductorone id without use", oauth.Settings{Provider: "conductorone", ClientID: "panda@host"}, "provider conductorone: client id is not <name>@<host>/<use>"},
		{"conductorone id with a user in the host", oauth.Settings{Provider: "conductorone", ClientID: "a@b@evil/pcc"}, "provider conductorone: client id is not <name>@<host>/<use>"},
		{"conductorone in a header", oauth.Settings{Provider: "conductorone", ClientID: "a@h/pcc", Auth: "basic"}, "auth: credentials never go into a header here"},
		{"tokenos without project", oauth.Settings{Provider: "tokenos"}, "provider tokenos: neither project nor host nor token endpoint is set"},
		{"tokenos over http", oauth.Settings{Provider: "tokenos", TokenURL: "http://127.0.0.1/token"}, "token endpoint: https required"},
		{"blynk without host", oauth.Settings{Provider: "blynk"}, "provider blynk: host is missing or not a host name with an optional port"},
		{"oidc without issuer", oauth.Settings{Provider: "oidc"}, "issuer: not set"},
		{"API over http", oauth.Settings{API: "http://api.example.com"}, "API api.example.com: https required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.settings.Open()
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if fob.OutcomeOf(err) != fob.Local {
				t.Errorf("outcome %v, want Local", fob.OutcomeOf(err))
			}
		})
	}
}

func TestPresetsDoNotWriteIntoTheirSettings(t *testing.T) {
	params, header := map[string][]string{"a": {"b"}}, map[string]oauth.SecretSource{"h": apiKey}
	s := oauth.Settings{Provider: "andopen", Tenant: "t", APIKey: apiKey, Params: params, Header: header, APIHeader: header}
	if _, err := s.Open(); err != nil {
		t.Fatal(err)
	}
	if len(params) != 1 || len(header) != 1 {
		t.Errorf("Params have %d members, headers %d, want the 1 and 1 that were passed", len(params), len(header))
	}
}
