package session_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

const asPerson = "issuer = \"URL\"\nclient_id = \"cli\"\nscopes = [\"openid\", \"offline_access\"]\nhosts = [\"api.corp.example\"]\n"

func serverOfPeople(t *testing.T, person oauthtest.Person) *oauthtest.Server {
	return oauthtest.New(t, oauthtest.Options{
		Clients: []oauthtest.Client{{ID: "cli", Auth: []oauthtest.Auth{oauthtest.None}}}, Refresh: oauthtest.Rotated, Person: person,
	})
}

func opened(t *testing.T, s *oauthtest.Server, profile string) *session.Profile {
	t.Helper()
	p, err := user(t, s, profile, nil).Profile("system")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// throughBrowser goes where a login leads, as a browser would.
func throughBrowser(s *oauthtest.Server) oauth.Browser {
	return oauth.Browser{Open: func(url string) error {
		go func() {
			if resp, err := s.Client().Get(url); err == nil {
				resp.Body.Close()
			}
		}()
		return nil
	}}
}

func TestEitherLoginIsKeptUnderOneName(t *testing.T) {
	s := serverOfPeople(t, oauthtest.Person{Interval: 1})
	browser, device := opened(t, s, asPerson+`grant = "authorization_code"`), opened(t, s, asPerson+`grant = "device_code"`)
	if browser.Key.Name() != device.Key.Name() {
		t.Error("two names for one person's token")
	}
	if b, d, err := device.Flows(t.Context()); err != nil || !b || !d || !device.Person() {
		t.Errorf("flows %v, %v, %v, want both", b, d, err)
	}
	if _, err := browser.Token(t.Context(), 0); !errors.Is(err, fob.ErrLoginRequired) {
		t.Errorf("before any login: %v, want ErrLoginRequired", err)
	}
	tok, err := browser.LoginBrowser(t.Context(), throughBrowser(s))
	if err != nil || browser.Source.Kept(t.Context()).Access != tok.Access {
		t.Fatalf("error %v, want the token kept", err)
	}
	other, err := browser.LoginDevice(t.Context(), func(oauth.DeviceCode) {})
	if kept := browser.Source.Kept(t.Context()); err != nil || kept.Access != other.Access || kept.Refresh != other.Refresh || other.Access == tok.Access {
		t.Errorf("error %v, want the second login in the place of the first", err)
	}
	renewed, err := browser.Renew(t.Context())
	if err != nil || !s.Valid(renewed.Access) || renewed.Access == other.Access {
		t.Errorf("error %v, want a refresh without the person", err)
	}
}

func TestLoginThatFailsLeavesWhatIsKept(t *testing.T) {
	s := serverOfPeople(t, oauthtest.Person{})
	p := opened(t, s, asPerson+`grant = "authorization_code"`)
	first, err := p.LoginBrowser(t.Context(), throughBrowser(s))
	if err != nil {
		t.Fatal(err)
	}
	s.Change(func(o *oauthtest.Options) { o.Person.Error = "access_denied" })
	_, err = p.LoginBrowser(t.Context(), throughBrowser(s))
	var e *oauth.Error
	var named *session.ProfileError
	if !errors.As(err, &e) || e.Code != "access_denied" || !errors.As(err, &named) {
		t.Errorf("got %v, want the refusal, and of which profile", err)
	}
	if kept := p.Source.Kept(t.Context()); kept.Access != first.Access || kept.Refresh != first.Refresh {
		t.Error("what was kept is gone")
	}
}

func TestClientsOfNobodyHaveNoLogin(t *testing.T) {
	s := serverOfPeople(t, oauthtest.Person{})
	p := opened(t, s, "issuer = \"URL\"\nclient_id = \"c\"\nclient_secret = { file = \"DIR/secret\" }")
	_, _, err := p.Flows(t.Context())
	_, errBrowser := p.LoginBrowser(t.Context(), throughBrowser(s))
	_, errDevice := p.LoginDevice(t.Context(), func(oauth.DeviceCode) {})
	for _, err := range []error{err, errBrowser, errDevice} {
		if !errors.Is(err, session.ErrNoPerson) || p.Person() || err.Error() != "profile system: grant client_credentials: no person logs in" {
			t.Errorf("got %v, want %v", err, session.ErrNoPerson)
		}
	}
}

// kept puts a token in p's cache that was issued so long ago, with an ID token that ends then.
func kept(t *testing.T, s *oauthtest.Server, p *session.Profile, ago, ends time.Duration) (tok fob.Token, until time.Time) {
	t.Helper()
	until = time.Now().Add(ends).Truncate(time.Second)
	tok = s.Issue("cli", "openid")
	tok.Issued = tok.Issued.Add(-ago)
	tok.ID = fob.Secret(s.SignID(map[string]any{"iss": s.Issuer(), "sub": "alice", "aud": "cli", "exp": until.Unix()}))
	if err := p.Source.Replace(t.Context(), tok); err != nil {
		t.Fatal(err)
	}
	return tok, until
}

func TestIDTokenEndsWhenItSays(t *testing.T) {
	tests := []struct {
		name      string
		ago, ends time.Duration
		once      bool // a refresh brings no ID token
		mints     int
		want      string // the error; empty: an ID token that lasts
		same      bool
	}{
		{"it lasts", 10 * time.Minute, 30 * time.Minute, false, 0, "", true},
		{"it is about to end", 10 * time.Minute, time.Minute, false, 1, "", false},
		{"it has ended", 10 * time.Minute, -time.Minute, false, 1, "", false},
		{"it is about to end, and stays", 10 * time.Minute, time.Minute, true, 1, "", true},
		{"it has ended, and stays", 10 * time.Minute, -time.Minute, true, 1, "profile system: its ID token has expired, and a refresh brings no other", false},
		{"it has ended, a refresh was just now", 10 * time.Second, -time.Minute, true, 0, "profile system: its ID token has expired, and a refresh brings no other", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serverOfPeople(t, oauthtest.Person{IDOnce: tt.once})
			p := opened(t, s, asPerson+`grant = "authorization_code"`)
			first, end := kept(t, s, p, tt.ago, tt.ends)
			tok, until, err := p.IDToken(t.Context(), 5*time.Minute)
			if n := s.Counts().Requests(); n != tt.mints {
				t.Errorf("%d mints, want %d", n, tt.mints)
			}
			if tt.want != "" {
				if err == nil || err.Error() != tt.want {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				return
			}
			if err != nil || (tok.ID == first.ID) != tt.same || until.Equal(end) != tt.same || !until.Equal(oauth.IDExpiry(tok.ID)) {
				t.Errorf("error %v, until %v; the ID token stayed: %v, want %v", err, until, tok.ID == first.ID, tt.same)
			}
		})
	}
}

func TestFailingServerIsAskedOnceForAnIDTokenAndCostsNoOther(t *testing.T) {
	for name, answer := range map[string]*oauthtest.Answer{
		"refused": oauthtest.OAuthError(http.StatusUnauthorized, "invalid_client"), "spent": oauthtest.OAuthError(http.StatusBadRequest, "invalid_grant"),
		"in doubt": oauthtest.RetryAfter(http.StatusServiceUnavailable, 600),
	} {
		for _, ends := range []time.Duration{time.Minute, -time.Minute} {
			s := serverOfPeople(t, oauthtest.Person{})
			p := opened(t, s, asPerson+`grant = "authorization_code"`)
			first, _ := kept(t, s, p, 10*time.Minute, ends)
			s.Fault(oauthtest.Fault{Answer: answer, Times: -1})
			for range 3 {
				if tok, _, err := p.IDToken(t.Context(), 5*time.Minute); (err == nil) != (ends > 0) || err == nil && tok.ID != first.ID {
					t.Errorf("%s, an ID token that ends in %v: error %v; want it served while it is valid", name, ends, err)
				}
			}
			if n := s.Counts().Requests(); n != 1 {
				t.Errorf("%s, an ID token that ends in %v: three calls cost %d token requests, want 1", name, ends, n)
			}
			if tok, err := p.Token(t.Context(), 0); err != nil || tok.Access != first.Access {
				t.Errorf("%s: error %v; want the access token, which is still valid, for all others", name, err)
			}
		}
	}
}

func TestTokenWithoutIDTokenIsNotPassedOffAsOne(t *testing.T) {
	s := serverOfPeople(t, oauthtest.Person{})
	p := opened(t, s, asPerson+`grant = "device_code"`)
	if err := p.Source.Replace(t.Context(), s.Issue("cli")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.IDToken(t.Context(), 0); err == nil || err.Error() != "profile system: its token came without an ID token" {
		t.Errorf("got %v", err)
	}
}

func TestProviderBringsItsHosts(t *testing.T) {
	s := serverOfPeople(t, oauthtest.Person{})
	for profile, want := range map[string]string{
		`provider = "github"`: "github.com api.github.com", `provider = "gitlab"`: "gitlab.com", `provider = "google"`: "*.googleapis.com", `provider = "entra"`: "",
		"provider = \"github\"\nhosts = [\"git.corp.example\"]": "git.corp.example", "provider = \"gitea\"\nhost = \"tea.corp.example:3000\"": "tea.corp.example:3000",
	} {
		var hosts []string
		for _, h := range opened(t, s, profile+"\nclient_id = \"cli\"").Hosts {
			hosts = append(hosts, h.String())
		}
		if got := strings.Join(hosts, " "); got != want {
			t.Errorf("%s: got hosts %q, want %q", profile, got, want)
		}
	}
}

func TestKeptLoginShowsNoRefreshToken(t *testing.T) {
	s := serverOfPeople(t, oauthtest.Person{})
	o := user(t, s, asPerson+`grant = "authorization_code"`, nil)
	p, err := o.Profile("system")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := p.LoginBrowser(t.Context(), throughBrowser(s))
	if err != nil {
		t.Fatal(err)
	}
	data, err := o.Cache.Store.Get(t.Context(), p.Key.Name())
	if err != nil || strings.Contains(string(data), string(tok.Refresh)) || strings.Contains(string(data), base64.StdEncoding.EncodeToString([]byte(tok.Refresh))) {
		t.Errorf("error %v, or the refresh token lies in the clear", err)
	}
	if status := callAPI(t, s, p, tok); status != http.StatusOK {
		t.Errorf("the API answers %d, want 200", status)
	}
}
