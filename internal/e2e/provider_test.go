package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fobkit/fob"
)

func TestEveryClientAuthenticationGetsAToken(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	clients := []client{
		machineClient("basic:100%", "client_secret_basic"),
		machineClient("post", "client_secret_post"),
		machineClient("jwt", "client_secret_jwt"),
		keyClient(t, "eddsa", "EdDSA", edKey),
		keyClient(t, "es256", "ES256", newKey(t)),
		keyClient(t, "rs256", "RS256", rsaKey),
	}
	a := newAuthority(t)
	p := startProvider(t, a, clients...)
	for _, c := range clients {
		t.Run(c.ID, func(t *testing.T) {
			m := newMachine(t, a, profile(t, p, c))
			p.fail(t, "/token", 1, http.StatusServiceUnavailable) // what is single-use in a request must be new in the next
			if token := m.run(t, "", "fob", "token", "p"); !p.active(t.Context(), fob.Secret(strings.TrimSpace(token))) {
				t.Error("the provider does not know the token")
			}
		})
	}
}

func TestTokenIsForTheResourceAskedFor(t *testing.T) {
	const resource = "https://api.example/v1"
	a, c := newAuthority(t), machineClient("resource", "client_secret_basic")
	p := startProvider(t, a, c)
	m := newMachine(t, a, profile(t, p, c)+fmt.Sprintf("resource = [%q]\n", resource))
	got, err := p.introspect(t.Context(), fob.Secret(strings.TrimSpace(m.run(t, "", "fob", "token", "p"))))
	if err != nil || !got.Active || got.Audience != resource {
		t.Errorf("the provider says %+v, %v; want an active token for %q", got, err, resource)
	}
}

// profile is a configuration with one profile, p, for c.
func profile(t *testing.T, p *provider, c client) string {
	t.Helper()
	head := fmt.Sprintf("[profile.p]\nissuer = %q\nclient_id = %q\nscopes = [\"code\"]\nallow = [\"raw\"]\n", p.issuer, c.ID)
	switch c.Auth {
	case "client_secret_post":
		return head + "client_auth = \"params\"\nclient_secret = { env = \"CLIENT_SECRET\" }\n"
	case "client_secret_jwt":
		return head + "client_auth = \"client_secret_jwt\"\nclient_secret = { env = \"CLIENT_SECRET\" }\n"
	case "private_key_jwt":
		key := writeFile(t, filepath.Join(t.TempDir(), "key.pem"), c.pem)
		return head + fmt.Sprintf("client_auth = \"private_key_jwt\"\nprivate_key = { file = %q }\n", key)
	}
	return head + "client_secret = { env = \"CLIENT_SECRET\" }\n"
}
