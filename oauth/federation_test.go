package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

const vouched = fob.Secret("vouched-fob-canary-7f3a9c")

// federating is a server that knows whom the vouched token is about.
func federating(clients ...oauthtest.Client) oauthtest.Options {
	return oauthtest.Options{Clients: clients, Refresh: oauthtest.Rotated, Subjects: map[fob.Secret]string{vouched: "ci", apiKey: "robot"}}
}

func TestWhoeverIsVouchedForGetsAToken(t *testing.T) {
	confidential := oauthtest.Client{ID: "c", Secret: secret}
	public := oauthtest.Client{ID: "ci@acme.conductor.one/wfe", Auth: []oauthtest.Auth{oauthtest.None}}
	c1 := oauthtest.ConductorOne(public)
	c1.Subjects = federating().Subjects
	for name, tt := range map[string]struct {
		server   oauthtest.Options
		settings oauth.Settings
	}{
		"exchange without a client":  {federating(), oauth.Settings{Grant: "token_exchange"}},
		"exchange with a client":     {federating(confidential), oauth.Settings{Grant: "token_exchange", ClientID: "c", ClientSecret: secret}},
		"exchange with an actor":     {federating(), oauth.Settings{Grant: "token_exchange", Actor: apiKey, RequestedType: "jwt"}},
		"jwt-bearer":                 {federating(), oauth.Settings{Grant: "jwt_bearer"}},
		"jwt-bearer with a client":   {federating(confidential), oauth.Settings{Grant: "jwt_bearer", ClientID: "c", ClientSecret: secret}},
		"conductorone, federated ID": {c1, oauth.Settings{Grant: "token_exchange", Provider: "conductorone", ClientID: public.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := oauthtest.New(t, tt.server)
			if tt.settings.Provider == "" {
				tt.settings.TokenURL = srv.TokenURL()
			}
			tt.settings.Subject = vouched
			tok := mustMint(t, srv, grantFor(t, srv, tt.settings), fob.Token{})
			if who := srv.Whose(tok.Access); who != "ci" || tok.Refresh != "" {
				t.Errorf("a token of %q, refresh token %v, want ci's and none", who, tok.Refresh != "")
			}
		})
	}
}

func TestNobodyVouchesForStrangers(t *testing.T) {
	srv := oauthtest.New(t, federating())
	for _, grant := range []string{"token_exchange", "jwt_bearer"} {
		g := grantFor(t, srv, oauth.Settings{Grant: grant, TokenURL: srv.TokenURL(), Subject: access})
		_, err := g.Mint(t.Context(), fob.Token{})
		if want := grant + ": refused by " + srv.Host() + ": invalid_grant"; err == nil || err.Error() != want || fob.OutcomeOf(err) != fob.Terminal {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestExchangedTokensAreWhatWasAskedFor(t *testing.T) {
	const a = `"access_token":"access-fob-canary-7f3a9c"`
	for _, tt := range []struct{ requested, answer, want, kind string }{
		{"", a, "", "Bearer"},
		{"", a + `,"token_type":"n_a","issued_token_type":"urn:ietf:params:oauth:token-type:id_token"`, "", "N_A"},
		{"id_token", a + `,"token_type":"N_A","issued_token_type":"urn:ietf:params:oauth:token-type:id_token"`, "", "N_A"},
		{"jwt", a + `,"issued_token_type":null`, "", "Bearer"},
		{"jwt", a + `,"issued_token_type":"urn:ietf:params:oauth:token-type:saml2"`, "issued_token_type is another than was asked for", ""},
		{"jwt", a + `,"issued_token_type":7`, "issued_token_type is another than was asked for", ""},
		{"", a + `,"issued_token_type":"urn:ietf:params:oauth:token-type:refresh_token"`, "a refresh token in place of a token", ""},
	} {
		c := &oauth.Client{TokenURL: "https://login.example.com/token", Transport: answering{200, "", "{" + tt.answer + "}"}}
		tok, err := oauth.TokenExchange{Client: c, Subject: vouched, RequestedType: tt.requested}.Mint(t.Context(), fob.Token{})
		if tt.want == "" && (err != nil || tok.Type != tt.kind || !tok.Expiry.IsZero()) {
			t.Errorf("%s: got a token of type %q, %v, want %q", tt.answer, tok.Type, err, tt.kind)
		}
		if want := "token_exchange: malformed answer from login.example.com (status 200): " + tt.want; tt.want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: got %v, want %s", tt.answer, err, want)
		}
	}
}

func TestVouchedTokensAreReadAnewForEachMint(t *testing.T) {
	w := new(wire)
	var reads int
	subject := secretFunc(func(context.Context) (fob.Secret, error) { reads++; return vouched, nil })
	g := oauth.TokenExchange{Client: &oauth.Client{TokenURL: "https://login.example.com/token", Transport: w}, Subject: subject}
	for range 2 {
		if _, err := g.Mint(t.Context(), fob.Token{}); err != nil {
			t.Fatal(err)
		}
	}
	if reads != 2 {
		t.Errorf("2 mints read the subject token %d times, want 2", reads)
	}
	g.Subject = secretFunc(func(context.Context) (fob.Secret, error) { return "", io.ErrUnexpectedEOF })
	if _, err := g.Mint(t.Context(), fob.Token{}); !errors.Is(err, io.ErrUnexpectedEOF) || fob.OutcomeOf(err) != fob.Local {
		t.Errorf("got %v, want the source's error, local", err)
	}
	if len(w.requests) != 2 {
		t.Errorf("%d requests, want none without a subject token", len(w.requests)-2)
	}
}

type secretFunc func(context.Context) (fob.Secret, error)

func (f secretFunc) Secret(ctx context.Context) (fob.Secret, error) { return f(ctx) }

func TestKeysOfExchangesDifferByWhatDecidesTheToken(t *testing.T) {
	base := oauth.TokenExchange{Client: &oauth.Client{TokenURL: "https://login.example.com/token", ClientID: "c"}, Subject: vouched, Account: "p"}
	names := map[string]string{base.Key().Name(): "base"}
	for what, change := range map[string]func(*oauth.TokenExchange){
		"account":        func(g *oauth.TokenExchange) { g.Account = "q" },
		"audience":       func(g *oauth.TokenExchange) { g.Audience = []string{"a"} },
		"resource":       func(g *oauth.TokenExchange) { g.Resource = []string{"a"} },
		"scopes":         func(g *oauth.TokenExchange) { g.Scopes = []string{"a"} },
		"requested type": func(g *oauth.TokenExchange) { g.RequestedType = "jwt" },
	} {
		g := base
		change(&g)
		if other, same := names[g.Key().Name()]; same {
			t.Errorf("%s and %s share a name", what, other)
		}
		names[g.Key().Name()] = what
	}
	again := base
	again.Subject = apiKey
	if again.Key().Name() != base.Key().Name() {
		t.Error("the subject token itself decides the name")
	}
	if names[oauth.JWTBearer{Client: base.Client, Account: "p"}.Key().Name()] != "" {
		t.Error("jwt_bearer and token_exchange share a name")
	}
}

func TestRefusedExchangesAreTriedAgainWithAnotherSubject(t *testing.T) {
	client := &oauth.Client{TokenURL: "https://login.example.com/token", ClientID: "c"}
	prints := make(map[fob.Secret]bool)
	for _, g := range []fob.Fingerprinter{
		oauth.TokenExchange{Client: client, Subject: vouched},
		oauth.TokenExchange{Client: client, Subject: access},
		oauth.TokenExchange{Client: client, Subject: vouched, Actor: access},
		oauth.JWTBearer{Client: client, Subject: apiKey},
		oauth.JWTBearer{Client: client, Subject: oauth.GitHubActions{URL: "https://actions.example/1", Token: secret}},
		oauth.JWTBearer{Client: client, Subject: oauth.GitHubActions{URL: "https://actions.example/1", Token: access}},
		oauth.ClientCredentials{Client: &oauth.Client{TokenURL: client.TokenURL, Auth: oauth.ClientAssertion{JWT: vouched}}},
		oauth.ClientCredentials{Client: &oauth.Client{TokenURL: client.TokenURL, Auth: oauth.ClientAssertion{JWT: access}}},
	} {
		print, err := g.Fingerprint(t.Context())
		if err != nil || prints[print] {
			t.Errorf("%d credentials, then one with the same fingerprint, error %v", len(prints), err)
		}
		prints[print] = true
	}
}

// runner is the place where a job of GitHub Actions gets its JWTs.
func runner(t *testing.T, answer http.HandlerFunc) oauth.GitHubActions {
	t.Helper()
	srv := httptest.NewTLSServer(answer)
	t.Cleanup(srv.Close)
	return oauth.GitHubActions{Audience: "sts.example&x", URL: srv.URL + "/token?api-version=2.0", Token: secret, Transport: srv.Client().Transport}
}

func TestGitHubActionsVouchesForItsJob(t *testing.T) {
	var asked string
	g := runner(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.String()
		if r.Header.Get("Authorization") != "Bearer "+string(secret) {
			t.Error("not the job's token")
		}
		io.WriteString(w, `{"count":7,"value":"`+string(vouched)+`"}`)
	})
	jwt, err := g.Secret(t.Context())
	if want := "GET /token?api-version=2.0&audience=sts.example%26x"; jwt != vouched || err != nil || asked != want {
		t.Errorf("asked %s, error %v, want %s", asked, err, want)
	}
}

func TestGitHubActionsErrorsAreTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // some are tried again
		for name, tt := range map[string]struct {
			change func(*oauth.GitHubActions)
			answer answering
			want   string // behind "github_actions: "
		}{
			"no job":     {func(g *oauth.GitHubActions) { g.URL = "" }, answering{}, "ACTIONS_ID_TOKEN_REQUEST_URL is not set: this is no job with the permission id-token: write"},
			"http":       {func(g *oauth.GitHubActions) { g.URL = "http://actions.example/?x=fob-canary-7f3a9c" }, answering{}, ""},
			"refused":    {nil, answering{401, "text/html", ""}, "refused by actions.example: status 401"},
			"redirected": {nil, answering{302, "text/html", "<a>"}, "malformed answer from actions.example (status 302): a redirect, which is not followed"},
			"no value":   {nil, answering{200, "", `{}`}, "malformed answer from actions.example (status 200): no token"},
			"no text":    {nil, answering{200, "", `{"value":7}`}, "malformed answer from actions.example (status 200): a token is not of visible ASCII characters"},
			"HTML":       {nil, answering{200, "text/html", `<`}, "malformed answer from actions.example (status 200): neither JSON nor form"},
			"too long":   {nil, answering{200, "", strings.Repeat("x", 1<<20+1)}, "no answer from actions.example: answer is longer than 1 MiB"},
		} {
			g := oauth.GitHubActions{URL: "https://actions.example/t?x=fob-canary-7f3a9c", Token: secret, Transport: tt.answer}
			if tt.change != nil {
				tt.change(&g)
			}
			want := "github_actions: " + tt.want
			if name == "http" {
				want = "github_actions actions.example: https required"
			}
			if _, err := g.Secret(t.Context()); err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
		}
	})
}
