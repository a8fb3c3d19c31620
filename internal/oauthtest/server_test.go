package oauthtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
)

const secret fob.Secret = "s3cret-" + Canary

var plain = Client{ID: "c", Secret: secret}

// answer is what a test looks at of a token answer.
type answer struct {
	Status  int
	Access  fob.Secret
	Refresh fob.Secret
	Members map[string]any
}

// ask sends form, with the client's secret in it, to the token endpoint.
func ask(t *testing.T, s *Server, pairs ...string) answer {
	t.Helper()
	form := url.Values{"client_id": {"c"}, "client_secret": {string(secret)}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.TokenURL(), strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, s, req)
}

func send(t *testing.T, s *Server, req *http.Request) answer {
	t.Helper()
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatalf("%s: %v", req.URL.Path, err.(*url.Error).Err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: resp.StatusCode}
	json.Unmarshal(body, &a.Members)
	access, _ := a.Members["access_token"].(string)
	refresh, _ := a.Members["refresh_token"].(string)
	a.Access, a.Refresh = fob.Secret(access), fob.Secret(refresh)
	return a
}

// call uses an access token and returns the API's status.
func call(t *testing.T, s *Server, access fob.Secret) int {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), "GET", s.APIURL()+"/v1/things", nil)
	if access != "" {
		req.Header.Set("Authorization", "Bearer "+string(access))
	}
	return send(t, s, req).Status
}

func wantStatus(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: status %d, want %d", what, got, want)
	}
}

func TestTokenOpensTheAPIUntilItIsRevoked(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}})
	tok := ask(t, s, "grant_type", "client_credentials")
	wantStatus(t, "token request", tok.Status, 200)
	wantStatus(t, "no token", call(t, s, ""), 401)
	wantStatus(t, "made-up token", call(t, s, "x"), 401)
	wantStatus(t, "token", call(t, s, tok.Access), 200)
	s.RevokeAll()
	wantStatus(t, "revoked token", call(t, s, tok.Access), 401)
	c := s.Counts()
	if c.Requests() != 1 || c.Token["client_credentials"] != 1 || c.Issued != 1 || c.Refused != 0 || c.API != 4 || c.Unauthorized != 3 {
		t.Errorf("counts %+v, want 1 token request, 4 API requests, 3 of them 401", c)
	}
}

func TestTokenExpiresByTheBubblesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewInMemory(t, Options{Clients: []Client{plain}, Life: 500 * time.Millisecond, Lag: 100 * time.Millisecond})
		tok := ask(t, s, "grant_type", "client_credentials")
		if got := tok.Members["expires_in"]; got != 0.5 {
			t.Errorf("expires_in %v, want 0.5", got)
		}
		wantStatus(t, "token the API has not heard of yet", call(t, s, tok.Access), 401)
		time.Sleep(200 * time.Millisecond)
		wantStatus(t, "token", call(t, s, tok.Access), 200)
		time.Sleep(400 * time.Millisecond)
		wantStatus(t, "expired token", call(t, s, tok.Access), 401)
	})
}

func TestAnyHostNameLeadsHere(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}})
	for _, base := range []string{s.URL, s.PlainURL, "https://acme.conductor.one", "http://acme.conductor.one", "https://x.example:8443"} {
		resp, err := s.Client().Get(base + oidcMetadata)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		var m struct{ Issuer string }
		json.NewDecoder(resp.Body).Decode(&m)
		resp.Body.Close()
		if m.Issuer != base {
			t.Errorf("issuer %q, want %q", m.Issuer, base)
		}
	}
}

func TestHandlerServesBehindAnotherServer(t *testing.T) {
	s := Handler(Options{Clients: []Client{plain}})
	front := httptest.NewServer(s)
	defer front.Close()
	resp, err := http.PostForm(front.URL+"/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"c"}, "client_secret": {string(secret)}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	wantStatus(t, "token request", resp.StatusCode, 200)
}
