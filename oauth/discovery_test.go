package oauth_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

// site is a RoundTripper that has a page at some URLs and notes what is asked for.
type site struct {
	mu    sync.Mutex
	pages map[string]string
	asked []string
}

func (s *site) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	url := req.URL.String()
	s.asked = append(s.asked, url)
	if req.Method == http.MethodPost {
		return response(200, "", `{"access_token":"`+string(access)+`"}`), nil
	}
	if page, ok := s.pages[url]; ok {
		return response(200, "", page), nil
	}
	return response(404, "text/html", "<html>"), nil
}

func (s *site) mint(t *testing.T, issuer string) error {
	t.Helper()
	_, err := oauth.ClientCredentials{Client: &oauth.Client{Issuer: issuer, Transport: s}}.Mint(t.Context(), fob.Token{})
	return err
}

const token = `"token_endpoint":"https://h/token"`

func TestDiscoveryLooksInThePlacesOfBothStandards(t *testing.T) {
	tests := []struct {
		name, issuer string
		places       []string
	}{
		{"no path", "https://h", []string{
			"https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"}},
		{"a path", "https://h/a/b", []string{
			"https://h/.well-known/oauth-authorization-server/a/b", "https://h/a/b/.well-known/openid-configuration", "https://h/.well-known/openid-configuration/a/b"}},
		{"a slash at the end", "https://h/a/", []string{
			"https://h/.well-known/oauth-authorization-server/a", "https://h/a/.well-known/openid-configuration", "https://h/.well-known/openid-configuration/a"}},
	}
	for _, tt := range tests {
		for i, place := range tt.places {
			t.Run(tt.name+" "+place, func(t *testing.T) {
				s := &site{pages: map[string]string{place: `{"issuer":"` + tt.issuer + `",` + token + `}`}}
				if err := s.mint(t, tt.issuer); err != nil {
					t.Fatal(err)
				}
				want := strings.Join(append(tt.places[:i+1:i+1], "https://h/token"), " ")
				if got := strings.Join(s.asked, " "); got != want {
					t.Errorf("asked %s, want %s", got, want)
				}
			})
		}
	}
}

func TestDiscoveryBelievesTheIssuerAskedOnly(t *testing.T) {
	tests := []struct{ name, issuer, page, want string }{
		{"another issuer", "https://h", `{"issuer":"https://evil",` + token + `}`, "discovery: malformed answer from h (status 200): it is another issuer's"},
		{"a slash more", "https://h", `{"issuer":"https://h/",` + token + `}`, "discovery: malformed answer from h (status 200): it is another issuer's"},
		{"no issuer", "https://h", `{` + token + `}`, "discovery: malformed answer from h (status 200): it is another issuer's"},
		{"no token endpoint", "https://h", `{"issuer":"https://h"}`, "discovery: malformed answer from h (status 200): no token endpoint"},
		{"HTML", "https://h", `<html>`, "discovery: malformed answer from h (status 200): not JSON"},
		{"http endpoint", "https://h", `{"issuer":"https://h","token_endpoint":"http://h/token"}`, "token endpoint h: https required"},
		{"http issuer", "http://h", "", "issuer h: https required"},
		{"issuer with a query", "https://h?x=fob-canary-7f3a9c", "", "issuer: an issuer has neither query nor fragment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &site{pages: map[string]string{
				tt.issuer + "/.well-known/oauth-authorization-server": tt.page,
				tt.issuer + "/.well-known/openid-configuration":       tt.page,
			}}
			if err := s.mint(t, tt.issuer); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDiscoveryIsRememberedForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const place = "https://h/.well-known/oauth-authorization-server"
		s := &site{pages: map[string]string{place: `{"issuer":"https://h",` + token + `}`}}
		g := oauth.ClientCredentials{Client: &oauth.Client{Issuer: "https://h", Transport: s}}
		count := func() int { return strings.Count(strings.Join(s.asked, " "), place) }
		mintAtOnce := func() {
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if _, err := g.Mint(t.Context(), fob.Token{}); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		mintAtOnce() // may all ask
		before := count()
		mintAtOnce()
		if count() != before {
			t.Errorf("asked %d times more, want no more", count()-before)
		}
		time.Sleep(time.Hour)
		mintAtOnce()
		if count() == before {
			t.Error("not asked again after an hour")
		}
	})
}

func TestDiscoveryOfAServerThatIsIllIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewInMemory(t, rotating())
		srv.Fault(oauthtest.Fault{Path: "/.well-known/", Times: -1, Answer: &oauthtest.Answer{Status: 503}})
		g := grantFor(t, srv, oauth.Settings{Provider: "oidc", Issuer: srv.Issuer(), ClientID: "c", ClientSecret: secret})
		if _, err := g.Mint(t.Context(), fob.Token{}); err == nil || fob.OutcomeOf(err) != fob.Transient {
			t.Errorf("got %v, outcome %v, want Transient", err, fob.OutcomeOf(err))
		}
		srv.Heal()
		mustMint(t, srv, g, fob.Token{}) // the failure was not remembered
	})
}

func TestDiscoveryOfAnIssuerThatTheServerDoesNotKnowIsTerminal(t *testing.T) {
	err := new(site).mint(t, "https://h/tenent")
	if err == nil || err.Error() != "discovery: refused by h: status 404" || fob.OutcomeOf(err) != fob.Terminal {
		t.Errorf("got %v, outcome %v, want a 404, Terminal", err, fob.OutcomeOf(err))
	}
}

func TestDiscoveryFindsAnIssuerWithAPath(t *testing.T) {
	o := rotating()
	o.IssuerPath = "/tenant"
	srv := oauthtest.New(t, o)
	g := grantFor(t, srv, oauth.Settings{Provider: "oidc", Issuer: srv.Issuer(), ClientID: "c", ClientSecret: secret})
	mustMint(t, srv, g, fob.Token{})
}

func TestRevokeEndsRefreshAndAccessToken(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	c := &oauth.Client{Issuer: srv.Issuer(), ClientID: "c", Auth: oauth.Basic{Secret: secret}, Transport: srv.Client().Transport}
	tok := srv.Issue("c")
	if err := c.Revoke(t.Context(), tok); err != nil {
		t.Fatal(err)
	}
	if srv.Valid(tok.Access) {
		t.Error("the access token still opens doors")
	}
	if _, err := (oauth.RefreshToken{Client: c}).Mint(t.Context(), tok); !errors.Is(err, fob.ErrLoginRequired) {
		t.Errorf("the refresh token: got %v, want login required", err)
	}
}

func TestRevokeSendsTheRefreshTokenFirstAndTheOtherAnyhow(t *testing.T) {
	w := &wire{status: 400, answer: `{"error":"unsupported_token_type"}`}
	c := &oauth.Client{RevocationURL: "https://h/revoke", ClientID: "c", Encoding: oauth.JSON, Transport: w}
	err := c.Revoke(t.Context(), fob.Token{Access: access, Refresh: refresh})
	if err == nil || err.Error() != "revocation: refused by h: unsupported_token_type" {
		t.Errorf("got %v, want the refusal", err)
	}
	var hints []string
	for _, body := range w.forms {
		hints = append(hints, formOf(body).Get("token_type_hint"))
	}
	if got := strings.Join(hints, " "); got != "refresh_token access_token" {
		t.Errorf("sent %s, want refresh_token access_token", got)
	}
}

func TestRevokeWhereThereIsNoRevocation(t *testing.T) {
	o := rotating()
	o.Metadata = map[string]any{"revocation_endpoint": nil}
	srv := oauthtest.New(t, o)
	for name, c := range map[string]*oauth.Client{
		"nothing set":       {TokenURL: "https://h/t"},
		"metadata has none": {Issuer: srv.Issuer(), Transport: srv.Client().Transport},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Revoke(t.Context(), fob.Token{Access: access}); err != oauth.ErrNoRevocation {
				t.Errorf("got %v, want ErrNoRevocation", err)
			}
		})
	}
}

// Whoever stands before the metadata and asks for a password has not been shown the refresh token.
func TestARefusedDiscoverySaysNothingOfARefreshToken(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404} {
		srv := oauthtest.New(t, oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: secret}))
		srv.Fault(oauthtest.Fault{Path: "/.well-known/", Times: -1, Answer: &oauthtest.Answer{Status: status}})
		g := grantFor(t, srv, oauth.Settings{Provider: "oidc", Issuer: srv.Issuer(), ClientID: "c", ClientSecret: secret})
		_, err := g.Mint(t.Context(), fob.Token{Refresh: "r-" + oauthtest.Canary})
		var dead interface{ RefreshDead() bool }
		if err == nil || errors.As(err, &dead) && dead.RefreshDead() {
			t.Errorf("%d: got %v, want an error that leaves the refresh token alone", status, err)
		}
	}
}
