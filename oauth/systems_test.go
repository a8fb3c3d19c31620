package oauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

// grantFor opens s for srv and checks that what it mints opens srv's doors.
func grantFor(t *testing.T, srv *oauthtest.Server, s oauth.Settings) oauth.Grant {
	t.Helper()
	s.Transport = srv.Client().Transport
	sys, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	return sys.Grant
}

func mustMint(t *testing.T, srv *oauthtest.Server, g oauth.Grant, last fob.Token) fob.Token {
	t.Helper()
	tok, err := g.Mint(t.Context(), last)
	if err != nil {
		t.Fatal(err)
	}
	if !srv.Valid(tok.Access) {
		t.Error("the server does not know the token")
	}
	return tok
}

func TestEachSystemIssuesAToken(t *testing.T) {
	c1Secret, c1Key := secretToken()
	const c1ID = "lucky-panda-12345@acme.conductor.one/pcc"
	c1 := oauthtest.ConductorOne(oauthtest.Client{ID: c1ID, Secret: c1Secret, Key: c1Key})
	ory := oauthtest.TokenOS(oauthtest.Client{ID: "id:% +é", Secret: "s:% +é-fob-canary-7f3a9c"})
	orySettings := oauth.Settings{Provider: "tokenos", Project: "slug", ClientID: "id:% +é", ClientSecret: fob.Secret("s:% +é-fob-canary-7f3a9c"), Scopes: []string{"read"}}
	open := oauthtest.AndOpen("acme", apiKey, oauthtest.Client{ID: "id", Secret: secret})
	openSettings := oauth.Settings{Provider: "andopen", Tenant: "acme", APIKey: apiKey, ClientID: "id", ClientSecret: secret}
	blynk := oauthtest.Blynk(oauthtest.Client{ID: "id%", Secret: secret})
	blynkSettings := oauth.Settings{Provider: "blynk", Host: "fra1.blynk.cloud", ClientID: "id%", ClientSecret: secret}
	tests := []struct {
		name     string
		server   oauthtest.Options
		settings oauth.Settings
		auth     string
		refresh  bool // brings a refresh token
	}{
		{"conductorone, assertion", c1, oauth.Settings{Provider: "conductorone", ClientID: c1ID, ClientSecret: c1Secret}, "", false},
		{"conductorone, body", c1, oauth.Settings{Provider: "conductorone", ClientID: c1ID, ClientSecret: c1Secret}, "params", false},
		{"tokenos, basic", ory, orySettings, "", false},
		{"tokenos, params", ory, orySettings, "params", false},
		{"andopen", open, openSettings, "", true},
		{"andopen without refresh token", without(open), openSettings, "", false},
		{"blynk, basic", blynk, blynkSettings, "", true},
		{"blynk, query", blynk, blynkSettings, "params", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := oauthtest.New(t, tt.server)
			tt.settings.Auth = tt.auth
			g := grantFor(t, srv, tt.settings)
			tok := mustMint(t, srv, g, fob.Token{})
			if has := tok.Refresh != ""; has != tt.refresh {
				t.Errorf("refresh token: %v, want %v", has, tt.refresh)
			}
			next := mustMint(t, srv, g, tok)
			want := map[bool]string{true: "refresh_token", false: "client_credentials"}[tt.refresh]
			if n := srv.Counts(); n.Requests() != 2 || n.Token[want] == 0 || next.Access == tok.Access {
				t.Errorf("got requests %v, want a second one for %s", n.Token, want)
			}
			if (next.Refresh != "") != tt.refresh {
				t.Error("the refresh token is lost")
			}
		})
	}
}

func without(o oauthtest.Options) oauthtest.Options {
	o.Refresh = oauthtest.NoRefresh
	return o
}

func TestTokenOSRevokes(t *testing.T) {
	o := oauthtest.TokenOS(oauthtest.Client{ID: "id", Secret: secret})
	srv := oauthtest.New(t, o)
	s := oauth.Settings{Provider: "tokenos", Project: "slug", ClientID: "id", ClientSecret: secret, Transport: srv.Client().Transport}
	tok := srv.Issue("id")
	if err := must(s.Open()).Client.Revoke(t.Context(), tok); err != nil || srv.Valid(tok.Access) {
		t.Errorf("got %v, token valid: %v, want it revoked", err, srv.Valid(tok.Access))
	}
}

func TestPrivateKeyJWTIsTakenByAProvider(t *testing.T) {
	uri, public := secretToken()
	srv := oauthtest.New(t, oauthtest.OIDC(oauthtest.Client{ID: "c", Key: public}))
	g := grantFor(t, srv, oauth.Settings{Provider: "oidc", Issuer: srv.Issuer(), ClientID: "c", Key: oauth.KeyText{Text: uri}})
	mustMint(t, srv, g, fob.Token{})
}

// A refresh token that is dead when it is needed costs a client with credentials of its own nothing but a request.
func TestDeadRefreshTokenFallsBackToTheClientsOwnCredentials(t *testing.T) {
	for _, auth := range []string{"raw", "params"} {
		t.Run(auth, func(t *testing.T) {
			o := oauthtest.Blynk(oauthtest.Client{ID: "id", Secret: secret})
			o.RefreshLife = -1
			srv := oauthtest.New(t, o)
			g := grantFor(t, srv, oauth.Settings{Provider: "blynk", Host: "blynk.cloud", ClientID: "id", ClientSecret: secret, Auth: auth})
			dead := mustMint(t, srv, g, fob.Token{})
			tok := mustMint(t, srv, g, dead)
			if tok.Refresh == dead.Refresh {
				t.Error("the dead refresh token was kept, want that of the new token")
			}
			if n := srv.Counts().Token; n["refresh_token"] != 1 || n["client_credentials"] != 2 {
				t.Errorf("got requests %v, want 1 refresh_token and 2 client_credentials", n)
			}
		})
	}
}

// If the fallback fails too, the cache must learn that the refresh token need not be sent again.
func TestDeadRefreshTokenIsCalledDeadThoughTheFallbackFails(t *testing.T) {
	refuse, busy := oauthtest.OAuthError(http.StatusBadRequest, "invalid_grant"), &oauthtest.Answer{Status: http.StatusForbidden}
	srv := oauthtest.New(t, rotating())
	client := person(srv, oauth.Basic{Secret: secret}).Client
	srv.Fault(oauthtest.Fault{Answer: refuse})
	srv.Fault(oauthtest.Fault{Times: -1, Answer: busy})
	_, err := oauth.ClientCredentials{Client: client}.Mint(t.Context(), srv.Issue("c"))
	var dead interface{ RefreshDead() bool }
	if !errors.As(err, &dead) || !dead.RefreshDead() {
		t.Errorf("got %v, want it to say that the refresh token is dead", err)
	}
	var refused *oauth.Error
	if !errors.As(err, &refused) || refused.Status != busy.Status || err.Error() != refused.Error() || fob.OutcomeOf(err) != fob.Transient {
		t.Errorf("got %v, outcome %v, want in all else the fallback's error", err, fob.OutcomeOf(err))
	}
	if n := srv.Counts().Requests(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func person(srv *oauthtest.Server, auth oauth.ClientAuth) oauth.RefreshToken {
	return oauth.RefreshToken{Client: &oauth.Client{TokenURL: srv.TokenURL(), ClientID: "c", Auth: auth, Transport: srv.Client().Transport}}
}

func rotating() oauthtest.Options {
	return oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: secret})
}

func TestDeadRefreshTokenOfAPersonNeedsALogin(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	g := person(srv, oauth.Basic{Secret: secret})
	tok := srv.Issue("c")
	srv.RevokeFamilies()
	_, err := g.Mint(t.Context(), tok)
	var login *oauth.LoginError
	var refused *oauth.Error
	if !errors.Is(err, fob.ErrLoginRequired) || !errors.As(err, &login) || login.Client != "c" || !errors.As(err, &refused) || refused.Code != "invalid_grant" {
		t.Errorf("got %v, want ErrLoginRequired with the client and the refusal", err)
	}
	if fob.OutcomeOf(err) != fob.Terminal {
		t.Errorf("outcome %v, want Terminal", fob.OutcomeOf(err))
	}
	if _, err := g.Mint(t.Context(), fob.Token{}); !errors.Is(err, fob.ErrLoginRequired) {
		t.Errorf("without a refresh token: got %v, want ErrLoginRequired", err)
	}
}

func TestRefreshTokenGrantStartsFromTheConfiguredOne(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	g := person(srv, oauth.Basic{Secret: secret})
	g.Token = srv.Issue("c").Refresh
	src := new(fob.Cache).Source(g.Key(), g)
	first, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Renew(t.Context(), first); err != nil { // with the one that came of it: the first is used up
		t.Errorf("got %v, want a refresh with the rotated token", err)
	}
}

func TestRefreshIsNotSentAgainWhenItsAnswerIsLost(t *testing.T) {
	tests := []struct {
		name  string
		fault oauthtest.Fault
	}{
		{"connection cut", oauthtest.Fault{Commit: true, Cut: true}},
		{"connection cut in the answer", oauthtest.Fault{Commit: true, Answer: &oauthtest.Answer{Header: map[string][]string{"Content-Length": {"1000"}}, Body: "{"}, Cut: true}},
		{"gateway gave up", oauthtest.Fault{Commit: true, Answer: &oauthtest.Answer{Status: 504}}},
		{"server busy, it says", oauthtest.Fault{Commit: true, Answer: oauthtest.RetryAfter(503, 1)}},
		{"answer in HTML", oauthtest.Fault{Commit: true, Answer: oauthtest.HTML}},
		{"answer truncated", oauthtest.Fault{Commit: true, Answer: oauthtest.Truncated}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := oauthtest.New(t, rotating())
			srv.Fault(tt.fault)
			_, err := person(srv, oauth.Basic{Secret: secret}).Mint(t.Context(), srv.Issue("c"))
			if fob.OutcomeOf(err) != fob.InDoubt {
				t.Errorf("got %v, outcome %v, want InDoubt", err, fob.OutcomeOf(err))
			}
			if n := srv.Counts().Requests(); n != 1 {
				t.Errorf("the refresh token was sent %d times, want once", n)
			}
		})
	}
}

func TestRefreshCancelledWhileTheServerThinksIsInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewInMemory(t, rotating())
		srv.Fault(oauthtest.Fault{Hang: true})
		g := person(srv, oauth.Basic{Secret: secret})
		_, err := g.Mint(t.Context(), srv.Issue("c")) // until the Client's own timeout
		if fob.OutcomeOf(err) != fob.InDoubt || err.Error() != "refresh_token: no answer from "+srv.Host()+": timed out" {
			t.Errorf("got %v, outcome %v, want a timeout InDoubt", err, fob.OutcomeOf(err))
		}
	})
}

func TestRefreshThatWasNeverWrittenIsNotInDoubt(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	tok, url := srv.Issue("c"), srv.TokenURL()
	srv.Close()
	c := &oauth.Client{TokenURL: url, ClientID: "c"}
	_, err := oauth.RefreshToken{Client: c}.Mint(t.Context(), tok)
	if err == nil || fob.OutcomeOf(err) != fob.Transient {
		t.Errorf("got %v, outcome %v, want Transient", err, fob.OutcomeOf(err))
	}
}

func TestRefreshAnswered429IsSentAgainAfterTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewInMemory(t, rotating())
		srv.Fault(oauthtest.Fault{Answer: oauthtest.RetryAfter(429, 3)})
		start := time.Now()
		mustMint(t, srv, person(srv, oauth.Basic{Secret: secret}), srv.Issue("c"))
		if took := time.Since(start); took < 3*time.Second || took > 5*time.Second || srv.Counts().Requests() != 2 {
			t.Errorf("%d requests in %v, want 2 in a little over 3 s", srv.Counts().Requests(), took)
		}
	})
}

func TestALongRetryAfterIsHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewInMemory(t, rotating())
		srv.Fault(oauthtest.Fault{Answer: oauthtest.RetryAfter(429, 60)})
		start := time.Now()
		_, err := person(srv, oauth.Basic{Secret: secret}).Mint(t.Context(), srv.Issue("c"))
		var e *oauth.Error
		if !errors.As(err, &e) || e.RetryAfter != time.Minute || time.Since(start) != 0 || fob.OutcomeOf(err) != fob.Transient {
			t.Errorf("got %v after %v, want an *Error at once that says to wait a minute", err, time.Since(start))
		}
	})
}

func TestClientCredentialsAreAskedForAgain(t *testing.T) {
	tests := []struct {
		name  string
		fault oauthtest.Fault
	}{
		{"503", oauthtest.Fault{Times: 2, Answer: oauthtest.RetryAfter(503, 1)}},
		{"500", oauthtest.Fault{Times: 2, Answer: oauthtest.OAuthError(500, "server_error")}},
		{"connection cut", oauthtest.Fault{Times: 2, Cut: true}},
		{"answer lost", oauthtest.Fault{Times: 2, Commit: true, Cut: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := oauthtest.NewInMemory(t, rotating())
				srv.Fault(tt.fault)
				g := oauth.ClientCredentials{Client: person(srv, oauth.Basic{Secret: secret}).Client}
				mustMint(t, srv, g, fob.Token{})
				if n := srv.Counts().Requests(); n != 3 {
					t.Errorf("%d requests, want 3", n)
				}
			})
		})
	}
}

func TestARefusalIsNotAskedForAgain(t *testing.T) {
	srv := oauthtest.New(t, rotating())
	g := oauth.ClientCredentials{Client: person(srv, oauth.Basic{Secret: fob.Secret("wrong-fob-canary-7f3a9c")}).Client}
	_, err := g.Mint(t.Context(), fob.Token{})
	if fob.OutcomeOf(err) != fob.Terminal || srv.Counts().Requests() != 1 {
		t.Errorf("got %v after %d requests, want Terminal after 1", err, srv.Counts().Requests())
	}
}

// counted counts how often a secret is read.
type counted struct{ reads int }

func (c *counted) Secret(ctx) (fob.Secret, error) {
	c.reads++
	return secret + "-0123456789-0123456789", nil
}

func TestAssertionIsSignedAnewForEachAttemptAndTheSecretReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := new(counted)
		srv := oauthtest.NewInMemory(t, oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: secret + "-0123456789-0123456789"}))
		srv.Fault(oauthtest.Fault{Times: 2, Commit: true, Answer: oauthtest.OAuthError(503, "server_error")})
		c := person(srv, oauth.ClientSecretJWT{Secret: key}).Client
		c.Issuer = srv.Issuer()
		mustMint(t, srv, oauth.ClientCredentials{Client: c}, fob.Token{}) // the server takes a jti once
		seen := map[string]bool{}
		for _, r := range srv.Requests() {
			seen[formOf(string(r.Body)).Get("client_assertion")] = true
		}
		if len(seen) != 3 || key.reads != 1 {
			t.Errorf("%d assertions and %d reads of the secret, want 3 and 1", len(seen), key.reads)
		}
	})
}

func TestRedirectIsNotFollowed(t *testing.T) {
	srv, thief := oauthtest.New(t, rotating()), oauthtest.New(t, rotating())
	srv.Fault(oauthtest.Fault{Answer: oauthtest.Redirect(thief.TokenURL())})
	_, err := oauth.ClientCredentials{Client: person(srv, oauth.Params{Secret: secret}).Client}.Mint(t.Context(), fob.Token{})
	var e *oauth.Error
	if !errors.As(err, &e) || e.Status != 307 || thief.Counts().Requests() != 0 || srv.Counts().Requests() != 1 {
		t.Errorf("got %v and %d requests at the other server, want the 307 and none", err, thief.Counts().Requests())
	}
}

func TestPlainHTTPIsRefusedButOnLoopback(t *testing.T) {
	tests := []struct {
		name, url string
		want      string // empty: sent
	}{
		{"https", "https://login.example.com/t", ""},
		{"localhost", "http://localhost:8080/t", ""},
		{"127.0.0.0/8", "http://127.255.0.1/t", ""},
		{"::1", "http://[::1]:8080/t", ""},
		{"http elsewhere", "http://login.example.com/t?s=fob-canary-7f3a9c", "token endpoint login.example.com: https required"},
		{"name that begins like localhost", "http://localhost.evil.example/t", "token endpoint localhost.evil.example: https required"},
		{"name that begins like an address", "http://127.0.0.1.evil.example/t", "token endpoint 127.0.0.1.evil.example: https required"},
		{"mapped address", "http://[::ffff:127.0.0.1]/t", "token endpoint [::ffff:127.0.0.1]: https required"},
		{"not exactly localhost", "http://LOCALHOST/t", "token endpoint LOCALHOST: https required"},
		{"another scheme", "ftp://localhost/t", "token endpoint localhost: https required"},
		{"a user in it", "https://user:fob-canary-7f3a9c@login.example.com/t", "token endpoint: not a URL of host and path"},
		{"no host", "https:///t", "token endpoint: not a URL of host and path"},
		{"a fragment", "https://login.example.com/t#f", "token endpoint: not a URL of host and path"},
		{"no scheme", "login.example.com/t", "token endpoint: not a URL of host and path"},
		{"no URL", "%fob-canary-7f3a9c", "token endpoint: not a URL of host and path"},
		{"nothing", "", "token endpoint: neither set nor found by an issuer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := new(wire)
			_, err := oauth.ClientCredentials{Client: &oauth.Client{TokenURL: tt.url, Transport: w}}.Mint(t.Context(), fob.Token{})
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want || (len(w.requests) == 1) != (tt.want == "") {
				t.Errorf("got %q and %d requests, want %q", got, len(w.requests), tt.want)
			}
			if err != nil && fob.OutcomeOf(err) != fob.Local {
				t.Errorf("outcome %v, want Local", fob.OutcomeOf(err))
			}
		})
	}
}

func TestNoSecretShowsInAnyError(t *testing.T) {
	faults := map[string]oauthtest.Fault{
		"cut":     {Times: -1, Cut: true},
		"html":    {Times: -1, Answer: oauthtest.HTML},
		"refused": {Times: -1, Answer: oauthtest.OAuthError(400, "invalid_request")},
		"echo":    {Times: -1, Answer: oauthtest.OAuthError(400, string(secret))},
	}
	for name, fault := range faults {
		for _, settings := range []oauth.Settings{
			{Provider: "blynk", Host: "blynk.cloud", Auth: "params"},
			{Provider: "blynk", Host: "blynk.cloud"},
			{Provider: "andopen", Tenant: "t", APIKey: apiKey},
		} {
			t.Run(name+" "+settings.Provider+" "+settings.Auth, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv := oauthtest.NewInMemory(t, oauthtest.Blynk())
					fault.Path = "/"
					srv.Fault(fault)
					settings.ClientID, settings.ClientSecret = "id", secret
					g := grantFor(t, srv, settings)
					_, err := g.Mint(t.Context(), fob.Token{Refresh: refresh})
					for e := err; e != nil; e = errors.Unwrap(e) {
						if strings.Contains(show(e), "canary") {
							t.Errorf("a %T in the error's tree shows a secret", e)
						}
					}
					if err == nil {
						t.Error("no error")
					}
					if strings.Contains(show(g), "canary") {
						t.Error("the grant shows a secret")
					}
				})
			})
		}
	}
}

func TestSecretThatCannotBeReadIsLocal(t *testing.T) {
	w := new(wire)
	broken := errors.New("environment variable C1_SECRET is not set")
	c := &oauth.Client{TokenURL: "https://login.example.com/t", Auth: oauth.Basic{Secret: failing{broken}}, Transport: w}
	_, err := oauth.ClientCredentials{Client: c}.Mint(t.Context(), fob.Token{})
	if !errors.Is(err, broken) || err.Error() != "client secret: "+broken.Error() || fob.OutcomeOf(err) != fob.Local || len(w.requests) != 0 {
		t.Errorf("got %v, outcome %v after %d requests, want the source's error, Local, after none", err, fob.OutcomeOf(err), len(w.requests))
	}
}

type failing struct{ err error }

func (f failing) Secret(ctx) (fob.Secret, error) { return "", f.err }

func TestKeyKeepsApartWhatTheServerKeepsApart(t *testing.T) {
	base := oauth.Settings{TokenURL: "https://login.example.com/t", ClientID: "c", ClientSecret: secret, Scopes: []string{"a", "b"}, Account: "me"}
	name := func(change func(*oauth.Settings)) string {
		s := base
		change(&s)
		return must(s.Open()).Grant.Key().Name()
	}
	same := map[string]func(*oauth.Settings){
		"secret": func(s *oauth.Settings) { s.ClientSecret = fob.Secret("other") },
		"header": func(s *oauth.Settings) { s.Header = map[string]oauth.SecretSource{"x-api-key": apiKey} },
		"order":  func(s *oauth.Settings) { s.Scopes = []string{"b", "a"} },
		"way":    func(s *oauth.Settings) { s.Auth, s.Encoding = "params", oauth.JSON },
	}
	other := map[string]func(*oauth.Settings){
		"issuer":   func(s *oauth.Settings) { s.Issuer = "https://login.example.com" },
		"endpoint": func(s *oauth.Settings) { s.TokenURL = "https://login.example.com/u" },
		"client":   func(s *oauth.Settings) { s.ClientID = "d" },
		"grant":    func(s *oauth.Settings) { s.Grant = "refresh_token" },
		"account":  func(s *oauth.Settings) { s.Grant, s.Account = "refresh_token", "you" },
		"static":   func(s *oauth.Settings) { s.Grant = "static" },
		"scope":    func(s *oauth.Settings) { s.Scopes = []string{"a"} },
		"audience": func(s *oauth.Settings) { s.Audience = []string{"x"} },
		"resource": func(s *oauth.Settings) { s.Resource = []string{"x"} },
		"tenant":   func(s *oauth.Settings) { s.Params = map[string][]string{"tenant": {"t"}} },
	}
	want := name(func(*oauth.Settings) {})
	for what, change := range same {
		if name(change) != want {
			t.Errorf("%s makes another key, want the same", what)
		}
	}
	seen := map[string]string{want: "nothing"}
	for what, change := range other {
		if twin, taken := seen[name(change)]; taken {
			t.Errorf("%s has the key of %s, want one of its own", what, twin)
		}
		seen[name(change)] = what
	}
}

func TestStaticTokenIsReadAtEachMint(t *testing.T) {
	src := new(counted)
	for range 2 {
		tok, err := oauth.Static{Token: src}.Mint(t.Context(), fob.Token{})
		if err != nil || tok.Access == "" || tok.Type != "Bearer" || !tok.Expiry.IsZero() {
			t.Errorf("got %+v, %v, want a Bearer token that does not expire", tok, err)
		}
	}
	if src.reads != 2 {
		t.Errorf("read %d times, want 2", src.reads)
	}
}
