package oauth_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

// TestLoginIsAskedForWhenNothingElseHelps: a person is asked in exactly those rows, and only there is the refresh token given up.
func TestLoginIsAskedForWhenNothingElseHelps(t *testing.T) {
	code := func(status int, code string) oauthtest.Fault {
		return oauthtest.Fault{Answer: oauthtest.OAuthError(status, code)}
	}
	answer := func(a oauthtest.Answer) oauthtest.Fault { return oauthtest.Fault{Answer: &a} }
	portal := oauthtest.Answer{Status: 200, Header: oauthtest.HTML.Header, Body: oauthtest.HTML.Body}
	tests := []struct {
		name  string
		fault oauthtest.Fault
		login bool
	}{
		{"invalid_grant", code(400, "invalid_grant"), true},
		{"invalid_grant as 401", code(401, "invalid_grant"), true},
		{"invalid_grant as 200", code(200, "invalid_grant"), true},
		{"invalid_grant as 403", code(403, "invalid_grant"), true},
		{"interaction_required", code(400, "interaction_required"), true},
		{"login_required", code(400, "login_required"), true},
		{"consent_required", code(400, "consent_required"), true},
		{"account_selection_required", code(400, "account_selection_required"), true},
		{"an empty 400", answer(oauthtest.Answer{Status: 400}), true}, // glewlwyd's invalid_grant

		{"an empty 403", answer(oauthtest.Answer{Status: 403}), false}, // a gateway's, or glewlwyd's for Basic that is encoded
		{"an empty 401", answer(oauthtest.Answer{Status: 401}), false}, // the client's
		{"invalid_client", code(401, "invalid_client"), false},
		{"unauthorized_client", code(400, "unauthorized_client"), false},
		{"invalid_request", code(400, "invalid_request"), false},
		{"invalid_scope", code(400, "invalid_scope"), false},
		{"unsupported_grant_type", code(400, "unsupported_grant_type"), false},
		{"temporarily_unavailable", code(400, "temporarily_unavailable"), false},
		{"server_error", code(400, "server_error"), false},
		{"slow_down", code(400, "slow_down"), false},
		{"429", answer(*oauthtest.RetryAfter(429, 30)), false},
		{"500 that says invalid_grant", code(500, "invalid_grant"), false},
		{"an empty 502", answer(oauthtest.Answer{Status: 502}), false},
		{"503 with Retry-After", answer(*oauthtest.RetryAfter(503, 30)), false},
		{"a captive portal's page", answer(portal), false},
		{"a captive portal's page as 400", answer(oauthtest.Answer{Status: 400, Header: portal.Header, Body: portal.Body}), false},
		{"a captive portal's redirect", answer(*oauthtest.Redirect("https://portal.example")), false},
		{"an answer cut short", answer(*oauthtest.Truncated), false},
		{"an empty 200", answer(*oauthtest.Empty), false},
		{"a connection that is cut", oauthtest.Fault{Cut: true}, false},
		{"no answer in time", oauthtest.Fault{Hang: true}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Refresh: oauthtest.Kept, Life: time.Hour})
				g := personAt(s)
				src := (&fob.Cache{OneShot: true}).Source(g.Key(), g)
				first := s.Issue("cli")
				if err := src.Replace(t.Context(), first); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Hour)
				tt.fault.Times = -1
				s.Fault(tt.fault)
				_, err := src.Token(t.Context())
				var login *oauth.LoginError
				if errors.As(err, &login) != tt.login || errors.Is(err, fob.ErrLoginRequired) != tt.login || err == nil {
					t.Errorf("got %v, want a login asked for: %v", err, tt.login)
				}
				if kept := src.Kept(t.Context()).Refresh == first.Refresh; kept == tt.login {
					t.Errorf("refresh token kept: %v, want %v", kept, !tt.login)
				}
				if s.Heal(); tt.login {
					return
				}
				time.Sleep(5 * time.Hour) // whatever is remembered is not by then
				if tok, err := src.Token(t.Context()); err != nil || !s.Valid(tok.Access) {
					t.Errorf("once the trouble is over: %v, want a token without any login", err)
				}
			})
		})
	}
}

func TestPersonWithoutRefreshTokenMustLogIn(t *testing.T) {
	g := oauth.Person{Client: &oauth.Client{TokenURL: "https://h", ClientID: "cli"}}
	var login *oauth.LoginError
	if _, err := g.Mint(t.Context(), fob.Token{Access: access}); !errors.As(err, &login) || login.Client != "cli" || fob.OutcomeOf(err) != fob.Terminal {
		t.Errorf("got %v, want a LoginError of the client", err)
	}
}

// TestKeyOfAPersonIsTheSameWhicheverWayTheyAreAsked: how a person is asked is not what is asked for.
func TestKeyOfAPersonIsTheSameWhicheverWayTheyAreAsked(t *testing.T) {
	base := oauth.Settings{TokenURL: "https://h/t", ClientID: "cli", Account: "me", Scopes: []string{"a"}, Grant: "device_code"}
	name := func(change func(*oauth.Settings)) string {
		s := base
		change(&s)
		return must(s.Open()).Grant.Key().Name()
	}
	want := name(func(*oauth.Settings) {})
	if golden := "k1-52ddce6570f55a62c2f89519710b07f42550478f55f6894d6a419564ed18d67a"; want != golden {
		t.Errorf("got %s, want %s: every login would be lost", want, golden)
	}
	for what, change := range map[string]func(*oauth.Settings){
		"the other flow": func(s *oauth.Settings) { s.Grant = "authorization_code" },
		"redirects":      func(s *oauth.Settings) { s.Redirects = []string{"http://localhost"} },
		"prompt":         func(s *oauth.Settings) { s.AuthParams = url.Values{"prompt": {"login"}, "access_type": {"offline"}} },
	} {
		if name(change) != want {
			t.Errorf("%s changes the name", what)
		}
	}
	for what, change := range map[string]func(*oauth.Settings){
		"account":  func(s *oauth.Settings) { s.Account = "you" },
		"scopes":   func(s *oauth.Settings) { s.Scopes = nil },
		"audience": func(s *oauth.Settings) { s.Audience = []string{"x"} },
		"claims":   func(s *oauth.Settings) { s.AuthParams = url.Values{"claims": {"{}"}} },
	} {
		if name(change) == want {
			t.Errorf("%s does not change the name", what)
		}
	}
}

func TestFlowsAreThoseOfTheServer(t *testing.T) {
	none := oauthtest.New(t, oauthtest.Options{Metadata: map[string]any{"authorization_endpoint": nil, "device_authorization_endpoint": nil}})
	both := oauthtest.New(t, oauthtest.Options{})
	for name, tt := range map[string]struct {
		client          *oauth.Client
		browser, device bool
	}{
		"both":         {&oauth.Client{Issuer: both.Issuer(), Transport: both.Client().Transport}, true, true},
		"none":         {&oauth.Client{Issuer: none.Issuer(), Transport: none.Client().Transport}, false, false},
		"set":          {&oauth.Client{TokenURL: "https://h", DeviceURL: "https://h"}, false, true},
		"set, browser": {&oauth.Client{TokenURL: "https://h", AuthorizationURL: "https://h"}, true, false},
	} {
		browser, device, err := oauth.Person{Client: tt.client}.Flows(t.Context())
		if err != nil || browser != tt.browser || device != tt.device {
			t.Errorf("%s: got %v, %v, %v, want %v, %v", name, browser, device, err, tt.browser, tt.device)
		}
	}
	both.Fault(oauthtest.Fault{Path: "/.well-known/", Times: -1, Answer: &oauthtest.Answer{Status: http.StatusNotFound}})
	var e *oauth.Error
	if _, _, err := personAt(both).Flows(t.Context()); !errors.As(err, &e) || !e.NoIssuer() {
		t.Errorf("got %v, want that there is no such issuer", err)
	}
}
