package transport_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/transport"
)

// The user's configuration has a profile for each of these servers.
var corp, conductorOne *oauthtest.Server

func TestMain(m *testing.M) { os.Exit(asUser(m)) }

// asUser runs the tests as a user with a home of their own.
func asUser(m *testing.M) int {
	home, err := os.MkdirTemp("", "fob-transport-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	public, secret := secretToken()
	corp, err = oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: "s3cret-" + oauthtest.Canary}))
	if err == nil {
		defer corp.Close()
		conductorOne, err = oauthtest.Start(oauthtest.ConductorOne())
	}
	if err != nil {
		panic(err)
	}
	defer conductorOne.Close()
	client := "lucky-panda-12345@" + conductorOne.Host() + "/pcc"
	conductorOne.AddClient(oauthtest.Client{ID: client, Key: public, Auth: []oauthtest.Auth{oauthtest.PrivateKeyJWT}})
	if err := errors.Join(setHome(home), configure(home, client, secret)); err != nil {
		panic(err)
	}
	return m.Run()
}

// secretToken is a new key, as ConductorOne issues it.
func secretToken() (ed25519.PublicKey, fob.Secret) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":"%s","d":"%s","note":"%s"}`, b64(public), b64(private.Seed()), oauthtest.Canary)
	return public, fob.Secret("secret-token:conductorone.com:v1:" + b64([]byte(jwk)))
}

// setHome makes dir all that this process knows of its user.
func setHome(dir string) error {
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "FOB_") {
			os.Unsetenv(name)
		}
	}
	var errs []error
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "HOME"} {
		errs = append(errs, os.Setenv(name, filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

func configure(home, client string, secret fob.Secret) error {
	dir := filepath.Join(home, "XDG_CONFIG_HOME", "fob")
	text := fmt.Sprintf(`
[profile.acme]
issuer = %q
client_id = "c"
client_secret = "s3cret-%s"
hosts = [%q]

[profile.c1]
provider = "conductorone"
client_id = %q
client_secret = { file = %q }
ca_file = %q
`, corp.PlainURL, oauthtest.Canary, corp.PlainURL, client, filepath.Join(dir, "c1"), filepath.Join(dir, "ca.pem"))
	return errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600),
		os.WriteFile(filepath.Join(dir, "c1"), []byte(secret), 0o600), os.WriteFile(filepath.Join(dir, "ca.pem"), conductorOne.CA(), 0o600))
}

// keepExpired has the profile's last token be one that expired a minute ago.
func keepExpired(t *testing.T, profile string) {
	t.Helper()
	s, err := session.Open(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Profile(profile)
	if err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-time.Minute)
	if err := p.Source.Replace(t.Context(), fob.Token{Access: "old-" + oauthtest.Canary, Type: "Bearer", Issued: then.Add(-time.Hour), Expiry: then}); err != nil {
		t.Fatal(err)
	}
}

func TestConductorOnesAPIWithAnExpiredAndARevokedTokenOnTheWay(t *testing.T) {
	var log bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	keepExpired(t, "c1")
	transport.Restart()
	before := conductorOne.Counts()
	client, err := transport.Client("c1")
	if err != nil {
		t.Fatal(err)
	}
	read := func() {
		t.Helper()
		resp, err := client.Get(conductorOne.APIURL() + "/v1/apps/a1/connectors/b2/credentials/c3")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer struct {
			ClientSecret fob.Secret
			Credential   struct{ ID string }
		}
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK || answer.Credential.ID != "c3" || answer.ClientSecret == "" {
			t.Errorf("status %d, credential %q and %v, want the credential asked for and its secret", resp.StatusCode, answer.Credential.ID, answer.ClientSecret)
		}
	}
	read() // the expired one is not even tried
	if c := conductorOne.Counts(); c.Unauthorized != before.Unauthorized || c.Requests() != before.Requests()+1 {
		t.Errorf("an expired token: counts went from %+v to %+v, want one token request and no 401", before, c)
	}
	conductorOne.RevokeAll()
	read() // the revoked one is refused; since it is a moment old, it is tried once more; refused again, it is replaced
	if c := conductorOne.Counts(); c.Unauthorized != before.Unauthorized+2 || c.Requests() != before.Requests()+2 || c.API != before.API+4 {
		t.Errorf("a revoked token: counts went from %+v to %+v, want two 401s, two token requests and four API requests in all", before, c)
	}
	if strings.Contains(log.String(), oauthtest.Canary) {
		t.Error("the log shows a secret")
	}
}

func TestAProfilesTokenGoesToItsHostsOnly(t *testing.T) {
	client, err := transport.Client("acme")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := oauthtest.New(t, oauthtest.Options{})
	for url, want := range map[string]int{corp.PlainURL + "/api/me": http.StatusOK, elsewhere.PlainURL + "/api/me": http.StatusUnauthorized} {
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
}

func TestAProfileThatIsNotThere(t *testing.T) {
	_, err := transport.Client("amce")
	if want := "no profile amce, did you mean acme?"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWhatCannotBeMeantIsRefusedAtConstruction(t *testing.T) {
	src := fob.Source(nobody{})
	for name, c := range map[string]transport.Config{
		"hosts without a source": {Hosts: []string{"api.example.com"}},
		"any host, no source":    {AnyHost: true},
		"a source without hosts": {Source: src},
		"plain http":             {Source: src, Hosts: []string{"http://api.example.com"}},
		"a malformed host":       {Source: src, Hosts: []string{"api.example.com:port"}},
	} {
		if _, err := transport.New(c); err == nil {
			t.Errorf("%s: taken, want an error", name)
		}
	}
	if _, err := transport.New(transport.Config{}); err != nil {
		t.Errorf("the zero Config: %v", err)
	}
}

// wrapped is what a program that watches its requests makes of http.DefaultTransport.
type wrapped struct{ http.RoundTripper }

func TestAProgramMayHaveWrappedTheDefaultTransport(t *testing.T) {
	defer func(old http.RoundTripper) { http.DefaultTransport = old }(http.DefaultTransport)
	http.DefaultTransport = wrapped{http.DefaultTransport}
	rt, err := transport.New(transport.Config{})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: rt}).Get(corp.PlainURL + "/api/me")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d, want the server's own 401", resp.StatusCode)
	}
	transport.Restart()
	if _, err := transport.Profile("c1"); err != nil { // with a ca_file of its own
		t.Error(err)
	}
}

type nobody struct{}

func (nobody) Token(context.Context) (fob.Token, error) { return fob.Token{}, fob.ErrLoginRequired }
