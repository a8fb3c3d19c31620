package session_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/stored"
)

const (
	clientID                = "c1 +%ä"
	clientSecret fob.Secret = "s:3cret of thirty-two bytes +%ä " + oauthtest.Canary
	apiKey       fob.Secret = "key-" + oauthtest.Canary
)

// user is a home with a profile, system, and what it needs of files and variables.
func user(t testing.TB, s *oauthtest.Server, profile string, files map[string]fob.Secret, env ...string) *session.Session {
	t.Helper()
	dir := t.TempDir()
	if files == nil {
		files = make(map[string]fob.Secret)
	}
	files["ca.pem"], files["secret"], files["key"] = fob.Secret(s.CA()), clientSecret, apiKey
	text := "[profile.system]\nca_file = \"DIR/ca.pem\"\n" + profile
	files["config.toml"] = fob.Secret(strings.NewReplacer("DIR", filepath.ToSlash(dir), "URL", s.URL, "HOST", s.Host()).Replace(text))
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, err := session.Open(session.Options{System: filepath.Join(dir, "none"), Environ: append(env,
		"FOB_CONFIG="+filepath.Join(dir, "config.toml"), "FOB_STATE="+filepath.Join(dir, "state"), "XDG_DATA_HOME="+filepath.Join(dir, "data"),
	)})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ecKey(t *testing.T) (*ecdsa.PublicKey, fob.Secret) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &key.PublicKey, fob.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func secretToken(t *testing.T) (ed25519.PublicKey, fob.Secret) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":"%s","d":"%s","note":"%s"}`, b64(public), b64(private.Seed()), oauthtest.Canary)
	return public, fob.Secret("secret-token:conductorone.com:v1:" + b64([]byte(jwk)))
}

// Each server is as strict as the system it plays: a token means that the profile said all that the system wants to hear.
func TestProfilesSayWhatTheirSystemWantsToHear(t *testing.T) {
	public, token := secretToken(t)
	ecPublic, ecPrivate := ecKey(t)
	client := oauthtest.Client{ID: clientID, Secret: clientSecret}
	only := func(a oauthtest.Auth, key any) oauthtest.Client {
		return oauthtest.Client{ID: clientID, Secret: clientSecret, Auth: []oauthtest.Auth{a}, Key: key}
	}
	demanding := oauthtest.OIDC(only(oauthtest.SecretJWT, nil))
	demanding.TokenParams = map[string]string{"audience": "https://api.example", "tenant": "t", "resource": "urn:r"}
	demanding.TokenHeader = map[string]fob.Secret{"x-gate": apiKey}
	gated := oauthtest.Options{Clients: []oauthtest.Client{client}, APIHeader: map[string]fob.Secret{"x-gate": apiKey}}
	for _, tt := range []struct {
		name    string
		options oauthtest.Options
		profile string
		files   map[string]fob.Secret
	}{
		{name: "conductorone", options: oauthtest.ConductorOne(), files: map[string]fob.Secret{"c1": token}, profile: `
			provider = "conductorone"
			client_id = "panda@HOST/pcc"
			client_secret = { file = "DIR/c1" }
			assertion = { lifetime = "1m", not_before = "-30s" }`},
		{name: "tokenos", options: oauthtest.TokenOS(only(oauthtest.Basic, nil)), profile: `
			provider = "tokenos"
			host = "HOST"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			scopes = ["read"]`},
		{name: "tokenos, in the body", options: oauthtest.TokenOS(only(oauthtest.Params, nil)), profile: `
			provider = "tokenos"
			token_endpoint = "URL/oauth2/token"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			client_auth = "params"`},
		{name: "tokenos, by a key", options: oauthtest.TokenOS(only(oauthtest.PrivateKeyJWT, ecPublic)), files: map[string]fob.Secret{"ec": ecPrivate}, profile: `
			provider = "tokenos"
			host = "HOST"
			client_id = "c1 +%ä"
			private_key = { file = "DIR/ec" }`},
		{name: "andopen", options: oauthtest.AndOpen("t", apiKey, client), profile: `
			provider = "andopen"
			token_endpoint = "URL/auth/token"
			api = "URL"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			tenant = "t"
			api_key = { file = "DIR/key" }`},
		{name: "blynk", options: oauthtest.Blynk(only(oauthtest.BasicRaw, nil)), profile: `
			provider = "blynk"
			server = "HOST"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }`},
		{name: "blynk, all in the query", options: oauthtest.Blynk(only(oauthtest.Params, nil)), profile: `
			provider = "blynk"
			server = "HOST"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			client_auth = "params"`},
		{name: "a demanding issuer", options: demanding, profile: `
			issuer = "URL"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			client_auth = "client_secret_jwt"
			audience = "https://api.example"
			resource = "urn:r"
			params = { tenant = "t" }
			headers = { x-gate = { file = "DIR/key" } }`},
		{name: "raw basic", options: oauthtest.Options{Clients: []oauthtest.Client{only(oauthtest.BasicRaw, nil)}}, profile: `
			token_endpoint = "URL/oauth2/token"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			raw_basic = true`},
		{name: "a header for the API", options: gated, profile: `
			token_endpoint = "URL/oauth2/token"
			api = "URL/api"
			client_id = "c1 +%ä"
			client_secret = { file = "DIR/secret" }
			api_headers = { x-gate = { file = "DIR/key" } }`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := oauthtest.New(t, tt.options)
			s.AddClient(oauthtest.Client{ID: "panda@" + s.Host() + "/pcc", Key: public, Auth: []oauthtest.Auth{oauthtest.PrivateKeyJWT}})
			p, err := user(t, s, tt.profile, tt.files).Profile("system")
			if err != nil {
				t.Fatal(err)
			}
			tok, err := p.Token(t.Context(), 0)
			if err == nil {
				tok, err = p.Renew(t.Context()) // a refresh, where there is a refresh token
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := callAPI(t, s, p, tok); got != http.StatusOK {
				t.Errorf("the API answers %d, want 200", got)
			}
		})
	}
}

// callAPI calls the API with all that the profile has for it.
func callAPI(t *testing.T, s *oauthtest.Server, p *session.Profile, tok fob.Token) int {
	t.Helper()
	header, err := p.APIHeaders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.APIURL()+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+string(tok.Access))
	resp, err := p.Base.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestProfilesThatCannotBeOpenedSayWhy(t *testing.T) {
	s := oauthtest.New(t, oauthtest.Options{})
	for profile, want := range map[string]string{
		`provider = "gitea"` + "\nclient_id = \"c\"":            "profile system: provider gitea: host is missing",
		`provider = "conductorone"` + "\nclient_id = \"panda\"": "profile system: provider conductorone: client id is not <name>@<host>/<use>",
	} {
		_, err := user(t, s, profile, nil).Profile("system")
		var named *session.ProfileError
		if !errors.As(err, &named) || err.Error() != want || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	o := user(t, s, "issuer = \"URL\"\nclient_id = \"c\"", map[string]fob.Secret{})
	if _, err := o.Profile("sytsem"); !errors.As(err, new(*config.UnknownProfileError)) {
		t.Errorf("got %v, want an UnknownProfileError", err)
	}
}

// TestIndexHoldsWhatManyKeepAtOnce: what it lacks, fob-helper would take for not kept.
func TestIndexHoldsWhatManyKeepAtOnce(t *testing.T) {
	dir := t.TempDir()
	environ := []string{"FOB_STATE=" + filepath.Join(dir, "state"), "XDG_DATA_HOME=" + filepath.Join(dir, "data"), "XDG_CONFIG_HOME=" + dir}
	var want []string
	var all sync.WaitGroup
	for i := range 20 {
		s, err := session.Open(session.Options{System: filepath.Join(dir, "none"), Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		place := stored.Place{Tool: "git", Server: fmt.Sprintf("https://git%02d.example", i)}
		want = append(want, "git "+place.Server)
		all.Go(func() {
			shelf, _ := s.Stored()
			err := shelf.Put(t.Context(), stored.Credential{Place: place, Username: "ann", Secret: clientSecret})
			if err = errors.Join(err, s.SaveIndex(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	data, err := os.ReadFile(filepath.Join(dir, "state", "route"))
	if err != nil {
		t.Fatal(err)
	}
	index, err := route.Decode(data)
	if err != nil || !slices.Equal(index.Stored, want) || !index.Fresh(index.Config, route.Stat) {
		t.Errorf("the index knows of %d places, want %d, and to be fresh (error %v)", len(index.Stored), len(want), err)
	}
}
