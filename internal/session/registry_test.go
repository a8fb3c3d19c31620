package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

// hub is a registry on one origin, and its token service on another, as Docker Hub has them.
func hub(t *testing.T) (registry, realm *httptest.Server, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	realm = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if user, password, _ := r.BasicAuth(); user == "alice" && password == string(clientSecret) && r.FormValue("service") == "hub" {
			fmt.Fprintf(w, `{"token":"registry-%s"}`, oauthtest.Canary)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	registry = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm.URL+`/token",service="hub"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(realm.Close)
	t.Cleanup(registry.Close)
	return registry, realm, asked
}

const login = `
	client_id = "alice"
	client_secret = { file = "DIR/secret" }
`

func TestTokenServiceElsewhereIsAskedIfHostsNamesIt(t *testing.T) {
	registry, realm, asked := hub(t)
	srv := oauthtest.New(t, oauthtest.Options{})
	p := mustOpen(t, user(t, srv, fmt.Sprintf("registry = %q\nhosts = [%q, %q]", registry.URL, registry.URL, realm.URL)+login, nil), "system", session.Wish{})
	if tok := mustToken(t, p); tok.Access != "registry-"+oauthtest.Canary || asked.Load() != 1 {
		t.Errorf("another token, or %d requests to the token service, want 1", asked.Load())
	}
	if untold, err := p.Logout(t.Context()); !errors.Is(untold, oauth.ErrNoRevocation) || err != nil {
		t.Errorf("logout: got %v, %v, want that there is no revocation", untold, err)
	}
}

func TestTokenServiceElsewhereIsToldNothingOtherwise(t *testing.T) {
	registry, realm, asked := hub(t)
	srv := oauthtest.New(t, oauthtest.Options{})
	for _, hosts := range []string{"", fmt.Sprintf("\nhosts = [%q]", registry.URL), fmt.Sprintf("\nhosts = [%q]", realm.URL+"/other")} {
		p := mustOpen(t, user(t, srv, fmt.Sprintf("registry = %q", registry.URL)+hosts+login, nil), "system", session.Wish{})
		if len(p.Hosts) != 1 {
			t.Errorf("hosts %v, want the registry's own or what is written", p.Hosts)
		}
		_, err := p.Token(t.Context(), 0)
		var elsewhere *session.RealmError
		if !errors.As(err, &elsewhere) || fob.OutcomeOf(err) != fob.Local || strings.Contains(err.Error(), "/token") {
			t.Errorf("got %v, want a RealmError, local, without the realm's URL", err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the token service was asked %d times, want never", asked.Load())
	}
}

func TestChallengesOfNoRegistryAreRefused(t *testing.T) {
	for challenge, want := range map[string]string{
		`Basic realm="x"`:                      "names no token service",
		`Bearer service="x"`:                   "names no token service",
		`Bearer realm="/token"`:                "its token service is at no https URL",
		`Bearer realm="http://auth.example/t"`: "its token service is at no https URL",
		``:                                     "names no token service",
	} {
		registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
		}))
		p := mustOpen(t, user(t, oauthtest.New(t, oauthtest.Options{}), fmt.Sprintf("registry = %q", registry.URL)+login, nil), "system", session.Wish{})
		_, err := p.Token(t.Context(), 0)
		if want := "profile system: registry " + strings.TrimPrefix(registry.URL, "http://") + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", challenge, err, want)
		}
		registry.Close()
	}
}
