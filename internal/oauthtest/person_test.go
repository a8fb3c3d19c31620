package oauthtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const verifier = "a-verifier-of-at-least-forty-three-characters-as-PKCE-has-it"

// wish is an authorization request that nothing is wrong with.
func wish(change func(url.Values)) url.Values {
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {"c"}, "redirect_uri": {"http://127.0.0.1:7"}, "state": {"s"}, "scope": {"openid"}, "nonce": {"n"},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
	}
	if change != nil {
		change(q)
	}
	return q
}

// sendOn is where a browser is led; empty: nowhere.
func sendOn(t *testing.T, s *Server, q url.Values) *url.URL {
	t.Helper()
	c := *s.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Get(s.URL + authorizePath + "?" + q.Encode())
	if err != nil {
		t.Fatal("the authorization endpoint does not answer")
	}
	resp.Body.Close()
	u, _ := url.Parse(resp.Header.Get("Location"))
	return u
}

func TestAuthorizationRequestsThatAreWrongLeadNowhere(t *testing.T) {
	s := New(t, OIDC(plain))
	if got := sendOn(t, s, wish(nil)); got.Host != "127.0.0.1:7" || got.Query().Get("state") != "s" || got.Query().Get("iss") != s.Issuer() || got.Query().Get("code") == "" {
		t.Error("a good request is not answered with code, state and iss")
	}
	for name, value := range map[string]string{
		"client_id": "other", "redirect_uri": "https://evil.example", "response_type": "token", "state": "", "code_challenge_method": "plain", "code_challenge": "short",
	} {
		if got := sendOn(t, s, wish(func(q url.Values) { q.Set(name, value) })); got.Host != "" {
			t.Errorf("%s = %q leads to %s", name, value, got.Host)
		}
	}
	s.Change(func(o *Options) { o.Person.PushOnly = true })
	if got := sendOn(t, s, wish(nil)); got.Host != "" {
		t.Error("a request that was not pushed is taken")
	}
}

func TestCodeIsForWhoAskedForIt(t *testing.T) {
	s := New(t, OIDC(plain))
	code := func() string { return sendOn(t, s, wish(nil)).Query().Get("code") }
	exchange := func(code, redirect, verifier string) answer {
		return ask(t, s, "grant_type", codeGrant, "code", code, "redirect_uri", redirect, "code_verifier", verifier)
	}
	wantStatus(t, "another verifier", exchange(code(), "http://127.0.0.1:7", strings.ToUpper(verifier)).Status, 400)
	wantStatus(t, "another redirect", exchange(code(), "http://127.0.0.1:8", verifier).Status, 400)
	wantStatus(t, "no code", exchange("made up", "http://127.0.0.1:7", verifier).Status, 400)
	c := code()
	first := exchange(c, "http://127.0.0.1:7", verifier)
	wantStatus(t, "a good code", first.Status, 200)
	if !s.Valid(first.Access) || first.Refresh == "" || idClaims(t, s, first)["nonce"] != "n" {
		t.Error("no token, no refresh token or no ID token with the nonce")
	}
	wantStatus(t, "the code again", exchange(c, "http://127.0.0.1:7", verifier).Status, 400)
	if s.Valid(first.Access) {
		t.Error("a code shown twice leaves its first token alive")
	}
}

// idClaims are those of an ID token, if the server's key has signed it.
func idClaims(t *testing.T, s *Server, a answer) (claims map[string]any) {
	t.Helper()
	id, _ := a.Members["id_token"].(string)
	jws, err := jose.ParseSignedCompact(id, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal("no ID token")
	}
	payload, err := jws.Verify(s.keys.current().Public())
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		t.Fatal("not signed by the server's key")
	}
	return claims
}

func TestDeviceThatPollsTooSoonIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewInMemory(t, Options{Clients: []Client{plain}, Person: Person{Pending: 3, DeviceLife: time.Minute}})
		begin := func() string {
			form := url.Values{"client_id": {"c"}, "client_secret": {string(secret)}, "scope": {"openid"}}
			req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+devicePath, strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			a := send(t, s, req)
			if _, ok := a.Members["interval"]; ok || a.Status != 200 {
				t.Errorf("status %d, or an interval that nobody asked for", a.Status)
			}
			return a.Members["device_code"].(string)
		}
		code := begin()
		poll := func(after time.Duration, want any) {
			t.Helper()
			time.Sleep(after)
			if a := ask(t, s, "grant_type", deviceGrant, "device_code", code); a.Members["error"] != want {
				t.Errorf("after %v: got %v, want %v", after, a.Members["error"], want)
			}
		}
		poll(0, "authorization_pending")
		poll(4*time.Second, "slow_down")
		poll(9*time.Second, "slow_down") // it takes ten now, and fifteen from here on
		poll(15*time.Second, nil)
		poll(15*time.Second, "invalid_grant")
		code = begin()
		poll(time.Minute, "expired_token")
	})
}
