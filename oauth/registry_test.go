package oauth_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// distribution plays a registry, and the token service that its every challenge names.
type distribution struct {
	challenge answering
	service   answering
	asked     []string
}

func (d *distribution) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	d.asked = append(d.asked, text(req, body))
	if req.URL.Path == "/v2/" {
		return d.challenge.RoundTrip(req)
	}
	return d.service.RoundTrip(req)
}

func registry(d *distribution, change func(*oauth.Settings)) (oauth.Registry, error) {
	s := oauth.Settings{
		Grant: "registry", Registry: "registry.example.com:5000", ClientID: "alice", ClientSecret: secret, Transport: d, Scopes: []string{"repository:a:pull", "repository:b:pull,push"},
		Service: func(http.Header) (oauth.TokenService, error) {
			return oauth.TokenService{Realm: "https://auth.example.com/token?keep=1", Service: "registry.example.com"}, nil
		},
	}
	if change != nil {
		change(&s)
	}
	sys, err := s.Open()
	if err != nil {
		return oauth.Registry{}, err
	}
	return sys.Grant.(oauth.Registry), nil
}

var challenged = answering{401, "application/json", `{"errors":[{"code":"UNAUTHORIZED"}]}`}

func TestRegistriesAreAskedAsDockerAsks(t *testing.T) {
	for name, change := range map[string]func(*oauth.Settings){
		"registry-basic":     nil,
		"registry-anonymous": func(s *oauth.Settings) { s.ClientID, s.ClientSecret = "", nil },
		"registry-identity":  func(s *oauth.Settings) { s.ClientID, s.ClientSecret, s.RefreshToken = "", nil, refresh },
		"registry-hub":       func(s *oauth.Settings) { s.Registry, s.Scopes = "index.docker.io", nil },
	} {
		d := &distribution{challenge: challenged, service: answering{200, "application/json", `{"token":"access-fob-canary-7f3a9c"}`}}
		g, err := registry(d, change)
		if err != nil {
			t.Fatal(err)
		}
		if tok, err := g.Mint(t.Context(), fob.Token{}); err != nil || tok.Access != access || tok.Type != "Bearer" {
			t.Errorf("%s: got a token of type %q, %v", name, tok.Type, err)
		}
		golden(t, name, strings.Join(d.asked, "\n\n"))
	}
}

func TestRegistryTokensHaveTimesOfTheirOwn(t *testing.T) {
	const tok = `"token":"access-fob-canary-7f3a9c"`
	for answer, want := range map[string]time.Duration{
		`{` + tok + `}`:                  time.Minute,
		`{` + tok + `,"expires_in":300}`: 5 * time.Minute,
		`{"access_token":"access-fob-canary-7f3a9c","token":"x"}`:   time.Minute,
		`{` + tok + `,"issued_at":"1999-12-31T23:59:30Z"}`:          30 * time.Second,
		`{` + tok + `,"issued_at":"1999-12-31T23:59:30.5Z"}`:        30*time.Second + time.Second/2,
		`{` + tok + `,"issued_at":"2000-01-01T02:00:00Z"}`:          time.Minute,
		`{` + tok + `,"issued_at":"yesterday","refresh_token":"x"}`: time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) { // begins with the year 2000
			g, _ := registry(&distribution{challenge: challenged, service: answering{200, "", answer}}, nil)
			tok, err := g.Mint(t.Context(), fob.Token{})
			if err != nil || tok.Life() != want || tok.Refresh != "" || tok.Access != access {
				t.Errorf("%s: lives %v, refresh token %v, %v, want %v and none", answer, tok.Life(), tok.Refresh != "", err, want)
			}
		})
	}
}

func TestRegistriesThatGiveNoTokenSayWhy(t *testing.T) {
	refuse := errors.New("elsewhere")
	good := answering{200, "", `{"token":"access-fob-canary-7f3a9c"}`}
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			d       distribution
			change  func(*oauth.Settings)
			want    string
			outcome fob.Outcome
			asked   int
		}{
			{distribution{challenge: answering{200, "", "{}"}}, nil, "registry registry.example.com:5000: does not ask for a token", fob.Local, 1},
			{distribution{challenge: answering{404, "", ""}}, nil, "registry: malformed answer from registry.example.com:5000 (status 404): not the challenge of a registry", fob.Transient, 1},
			{distribution{challenge: challenged, service: good}, func(s *oauth.Settings) {
				s.Service = func(http.Header) (oauth.TokenService, error) {
					return oauth.TokenService{Realm: "https://evil.example/"}, refuse
				}
			}, "registry registry.example.com:5000: elsewhere", fob.Local, 1},
			{distribution{challenge: challenged, service: good}, func(s *oauth.Settings) {
				s.Service = func(http.Header) (oauth.TokenService, error) {
					return oauth.TokenService{Realm: "http://auth.example.com/"}, nil
				}
			}, "realm auth.example.com: https required", fob.Local, 1},
			{distribution{challenge: challenged, service: answering{401, "", `{"details":"incorrect username or password"}`}}, nil, "registry: refused by auth.example.com: status 401", fob.Terminal, 2},
			{distribution{challenge: challenged, service: answering{200, "", `{"token":7}`}}, nil, "registry: malformed answer from auth.example.com (status 200): a token is not of visible ASCII characters", fob.Transient, 2},
			{distribution{challenge: challenged, service: answering{200, "", `{"token":"a","issued_at":"1999-12-31T23:00:00Z"}`}}, nil, "registry: malformed answer from auth.example.com (status 200): issued_at and expires_in make it old when it comes", fob.Transient, 2},
		} {
			g, err := registry(&tt.d, tt.change)
			if err == nil {
				_, err = g.Mint(t.Context(), fob.Token{})
			}
			if err == nil || err.Error() != tt.want || fob.OutcomeOf(err) != tt.outcome || len(tt.d.asked) != tt.asked {
				t.Errorf("got %v (%v) after %d requests, want %s (%v) after %d", err, fob.OutcomeOf(err), len(tt.d.asked), tt.want, tt.outcome, tt.asked)
			}
		}
	})
}
