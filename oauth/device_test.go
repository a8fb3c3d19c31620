package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

var public = oauthtest.Client{ID: "cli", Auth: []oauthtest.Auth{oauthtest.None}}

// personAt is a person's login at s, by a public client.
func personAt(s *oauthtest.Server, scopes ...string) oauth.Person {
	return oauth.Person{
		Client: &oauth.Client{Issuer: s.Issuer(), ClientID: "cli", Transport: s.Client().Transport},
		Scopes: scopes,
	}
}

// withDevice runs f in a bubble with a server to which p logs in by device. The server is gone when f returns.
func withDevice(t *testing.T, person oauthtest.Person, f func(t *testing.T, s *oauthtest.Server, g oauth.Person)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := oauthtest.NewInMemory(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Refresh: oauthtest.Rotated, Person: person})
		f(t, s, personAt(s, "openid", "offline_access"))
	})
}

func TestDeviceFlowPollsAsItIsTold(t *testing.T) {
	tests := []struct {
		name   string
		person oauthtest.Person
		polls  int
		after  time.Duration // the token comes
	}{
		{"no interval is 5 s", oauthtest.Person{Pending: 2}, 3, 15 * time.Second},
		{"the server's interval", oauthtest.Person{Interval: 2, Pending: 2}, 3, 6 * time.Second},
		{"an interval as text", oauthtest.Person{Interval: "7"}, 1, 7 * time.Second},
		{"an interval of nothing", oauthtest.Person{Interval: 0}, 1, 5 * time.Second},
		{"an interval that is no number", oauthtest.Person{Interval: []int{1}}, 1, 5 * time.Second},
		{"slow_down adds 5 s each time", oauthtest.Person{Interval: 1, SlowDown: 2, Pending: 1}, 4, (1 + 6 + 11 + 11) * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			withDevice(t, tt.person, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
				start := time.Now()
				var shown []oauth.DeviceCode
				tok, err := g.Poll(t.Context(), func(d oauth.DeviceCode) { shown = append(shown, d) })
				if err != nil || !s.Valid(tok.Access) || tok.Refresh == "" || tok.ID == "" {
					t.Fatalf("error %v, want access, refresh and ID token", err)
				}
				if got := time.Since(start); got != tt.after {
					t.Errorf("token after %v, want %v", got, tt.after)
				}
				if got := s.Counts().Requests(); got != tt.polls {
					t.Errorf("%d polls, want %d", got, tt.polls)
				}
				want := oauth.DeviceCode{
					UserCode: "WDJB-MJHT", URL: s.URL + "/device", Complete: s.URL + "/device?user_code=WDJB-MJHT", Expiry: start.Add(10 * time.Minute),
				}
				if len(shown) != 1 || shown[0] != want {
					t.Errorf("shown %+v, want %+v once", shown, want)
				}
			})
		})
	}
}

func TestDeviceFlowEnds(t *testing.T) {
	never := 1 << 30
	tests := []struct {
		name    string
		person  oauthtest.Person
		code    string
		over    bool // nobody completed it in time
		outcome fob.Outcome
		after   time.Duration // at the latest
	}{
		{"denied", oauthtest.Person{Error: "access_denied", Pending: 1}, "access_denied", false, fob.Terminal, 10 * time.Second},
		{"expired, says the server", oauthtest.Person{Error: "expired_token"}, "expired_token", true, fob.Terminal, 5 * time.Second},
		{"expired by the clock", oauthtest.Person{Pending: never, DeviceLife: time.Minute}, "authorization_pending", true, fob.Transient, time.Minute},
		{"refused", oauthtest.Person{Error: "invalid_grant"}, "invalid_grant", false, fob.Terminal, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			withDevice(t, tt.person, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
				start := time.Now()
				_, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
				var e *oauth.Error
				if !errors.As(err, &e) || e.Code != tt.code || errors.Is(err, oauth.ErrUnanswered) != tt.over || fob.OutcomeOf(err) != tt.outcome {
					t.Errorf("got %v (%v), want %s, unanswered %v, %v", err, fob.OutcomeOf(err), tt.code, tt.over, tt.outcome)
				}
				if got := time.Since(start); got > tt.after {
					t.Errorf("after %v, want %v at most", got, tt.after)
				}
			})
		})
	}
}

// TestDeviceFlowOutlivesTrouble holds RFC 8628 §3.5: polls go on, half as often, after what is no answer of the server's.
func TestDeviceFlowOutlivesTrouble(t *testing.T) {
	for name, f := range map[string]oauthtest.Fault{
		"a connection that is cut":       {Cut: true},
		"no answer in time":              {Hang: true},
		"a gateway in trouble":           {Answer: &oauthtest.Answer{Status: http.StatusBadGateway}},
		"too many requests":              {Answer: &oauthtest.Answer{Status: http.StatusTooManyRequests}},
		"later, a minute from now":       {Answer: oauthtest.RetryAfter(http.StatusServiceUnavailable, 60)},
		"a server that does not want to": {Answer: oauthtest.OAuthError(http.StatusBadRequest, "slow_down")},
	} {
		t.Run(name, func(t *testing.T) {
			withDevice(t, oauthtest.Person{}, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
				s.Fault(f)
				start := time.Now()
				if _, err := g.Poll(t.Context(), func(oauth.DeviceCode) {}); err != nil {
					t.Fatal(err)
				}
				if got := s.Counts().Requests(); got != 2 {
					t.Errorf("%d polls, want the one in trouble and the next", got)
				}
				if got := time.Since(start); got < 15*time.Second {
					t.Errorf("token after %v, want 5 s and then at least 10", got)
				}
			})
		})
	}
}

// TestLostTokenIsNotPolledForAgain: the server has given the token away, and the person must log in again. Nothing else is tried.
func TestTokenThatIsLostOnTheWayEndsTheDeviceFlow(t *testing.T) {
	withDevice(t, oauthtest.Person{}, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
		s.Fault(oauthtest.Fault{Commit: true, Cut: true})
		_, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
		var e *oauth.Error
		if !errors.As(err, &e) || e.Code != "invalid_grant" || s.Counts().Requests() != 2 {
			t.Errorf("got %v after %d polls, want invalid_grant after 2", err, s.Counts().Requests())
		}
	})
}

func TestGitHubsManners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := oauthtest.GitHub(oauthtest.Client{ID: "cli"})
		o.Person = oauthtest.Person{Interval: 1, SlowDown: 1, Pending: 1}
		s := oauthtest.NewInMemory(t, o)
		g := must(oauth.Settings{
			Provider: "github", Grant: "device_code", TokenURL: s.TokenURL(), DeviceURL: s.URL + "/oauth2/device", ClientID: "cli", Transport: s.Client().Transport,
		}.Open()).Grant.(oauth.Person)
		tok, err := g.Poll(t.Context(), func(oauth.DeviceCode) {})
		if err != nil || !s.Valid(tok.Access) || !tok.Expiry.IsZero() || tok.Refresh != "" || !slices.Equal(tok.Scopes, []string{"repo", "gist"}) {
			t.Errorf("got %+v, %v, want a token for repo and gist that never ends", tok, err)
		}
		if n := s.Counts().Requests(); n != 3 {
			t.Errorf("%d polls, want 3", n)
		}
		s.Change(func(o *oauthtest.Options) { o.Person.Error = "access_denied" })
		var e *oauth.Error
		if _, err := g.Poll(t.Context(), func(oauth.DeviceCode) {}); !errors.As(err, &e) || e.Code != "access_denied" || fob.OutcomeOf(err) != fob.Terminal {
			t.Errorf("denied: got %v", err)
		}
	})
}

func TestDeviceFlowEndsWithItsContext(t *testing.T) {
	withDevice(t, oauthtest.Person{Pending: 1 << 30}, func(t *testing.T, s *oauthtest.Server, g oauth.Person) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(12*time.Second, cancel)
		start := time.Now()
		if _, err := g.Poll(ctx, func(oauth.DeviceCode) {}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if got := time.Since(start); got != 12*time.Second {
			t.Errorf("after %v, want 12 s", got)
		}
	})
}

func TestDeviceFlowNeedsAnEndpoint(t *testing.T) {
	s := oauthtest.New(t, oauthtest.Options{Metadata: map[string]any{"device_authorization_endpoint": nil}})
	if _, err := personAt(s).Poll(t.Context(), func(oauth.DeviceCode) {}); !errors.Is(err, oauth.ErrNoDeviceFlow) {
		t.Errorf("got %v, want %v", err, oauth.ErrNoDeviceFlow)
	}
}

// hostile are URLs by which a server could do harm to a terminal, a shell or a browser.
var hostile = []string{
	"", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "ftp://login.example.com", "-", "--help", "-https://login.example.com",
	"&calc", "https://login.example.com/&calc|x", `https://login.example.com/"&calc&"`, "https://login.example.com/\x1b[2J", "https://login.example.com/\u202egnp.exe",
	"https://login.example.com/a b", "https://login.example.com/\nx", "https://login.example.com/`id`", "https://login.example.com/^x", "https://login.example.com/\\x",
	"https://user:pw@login.example.com/", "http://login.example.com/", "https:///nohost", "https://l\u00f6gin.example.com/", "//login.example.com/", "login.example.com", "https:login.example.com",
	"https://login.example.com/#fragment", "vscode://x", "ms-settings:", "\\\\host\\share", "https://login.example.com/<script>",
	"https://login.example.com/" + strings.Repeat("x", 100_000),
}

func TestHostileURLsReachNobody(t *testing.T) {
	for _, url := range hostile {
		t.Run(fmt.Sprintf("%.60s", url), func(t *testing.T) {
			for _, member := range []string{"verification_uri", "verification_uri_complete"} {
				if url == "" && member == "verification_uri_complete" {
					continue // which is to have none
				}
				s := oauthtest.New(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Person: oauthtest.Person{Device: func(m map[string]any) { m[member] = url }}})
				_, err := personAt(s).Poll(t.Context(), func(d oauth.DeviceCode) { t.Errorf("%s: shown %q", member, d) })
				wantQuiet(t, err, url)
			}
			s := oauthtest.New(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Metadata: map[string]any{"authorization_endpoint": url}})
			_, err := personAt(s).Browse(t.Context(), oauth.Browser{Open: func(u string) error { t.Errorf("opened %q", u); return nil }})
			wantQuiet(t, err, url)
		})
	}
}

// wantQuiet is an error that says nothing of the URL but its host.
func wantQuiet(t *testing.T, err error, url string) {
	t.Helper()
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n\u202e&<|") || len(url) > 30 && strings.Contains(err.Error(), url) {
		t.Errorf("got %q, want an error that does not quote it", err)
	}
}

func TestHostileCodesAreNotShown(t *testing.T) {
	for _, code := range []any{nil, "", "  ", "\x1b[31mRED", "AB\nCD", "\u202eABCD", strings.Repeat("A", 65), 7} {
		s := oauthtest.New(t, oauthtest.Options{Clients: []oauthtest.Client{public}, Person: oauthtest.Person{Device: func(m map[string]any) { m["user_code"] = code }}})
		_, err := personAt(s).Poll(t.Context(), func(d oauth.DeviceCode) { t.Errorf("shown %q", d.UserCode) })
		var e *oauth.Error
		if !errors.As(err, &e) || e.Problem != "user code is not of printable ASCII characters" {
			t.Errorf("%q: got %v", code, err)
		}
	}
}
