package oauthtest

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/fobkit/fob"
)

func refresh(t *testing.T, s *Server, token fob.Secret, more ...string) answer {
	t.Helper()
	return ask(t, s, append(more, "grant_type", "refresh_token", "refresh_token", string(token))...)
}

func TestReuseOfARotatedRefreshTokenEndsTheFamily(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}, Refresh: Rotated})
	first := s.Issue("c", "read", "write")
	second := refresh(t, s, first.Refresh, "scope", "read")
	wantStatus(t, "first refresh", second.Status, 200)
	if second.Members["scope"] != "read" {
		t.Errorf("scope %v, want read", second.Members["scope"])
	}
	wantStatus(t, "scope too wide", refresh(t, s, second.Refresh, "scope", "admin").Status, 400)
	third := refresh(t, s, second.Refresh)
	wantStatus(t, "second refresh, after the refused one", third.Status, 200)
	wantStatus(t, "access token", call(t, s, third.Access), 200)

	wantStatus(t, "used refresh token", refresh(t, s, first.Refresh).Status, 400)
	wantStatus(t, "newest refresh token after that", refresh(t, s, third.Refresh).Status, 400)
	wantStatus(t, "newest access token after that", call(t, s, third.Access), 401)
	if n := s.Counts().Refused; n != 3 {
		t.Errorf("%d refused, want 3", n)
	}
}

func TestOneOfManyConcurrentRefreshesWins(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}, Refresh: Rotated})
	token := s.Issue("c").Refresh
	status := make([]int, 8)
	var wg sync.WaitGroup
	for i := range status {
		wg.Go(func() { status[i] = refresh(t, s, token).Status })
	}
	wg.Wait()
	won := 0
	for _, st := range status {
		if st == 200 {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d refreshes succeeded, want 1", won)
	}
}

func TestRefreshTokens(t *testing.T) {
	other := Client{ID: "other", Secret: secret}
	s := New(t, Options{Clients: []Client{plain, other}})
	if s.Issue("c").Refresh != "" || ask(t, s, "grant_type", "client_credentials").Refresh != "" {
		t.Error("a refresh token was issued, want none by default")
	}
	s.Change(func(o *Options) { o.Refresh = Kept })
	tok := s.Issue("c")
	for range 2 {
		again := refresh(t, s, tok.Refresh)
		wantStatus(t, "kept refresh token", again.Status, 200)
		if again.Refresh != "" {
			t.Error("a kept refresh token was repeated")
		}
	}
	wantStatus(t, "somebody else's", refresh(t, s, tok.Refresh, "client_id", "other").Status, 400)
	if ask(t, s, "grant_type", "client_credentials").Refresh != "" {
		t.Error("client_credentials brought a refresh token")
	}
	s.RevokeFamilies()
	wantStatus(t, "revoked", refresh(t, s, tok.Refresh).Status, 400)
	s.Change(func(o *Options) { o.RefreshLife, o.RefreshForClient = -1, true })
	dead := ask(t, s, "grant_type", "client_credentials").Refresh
	wantStatus(t, "dead when issued", refresh(t, s, dead).Status, 400)
}

// about asks one of the endpoints about a token, as client id.
func about(t *testing.T, s *Server, path, id string, token fob.Secret) answer {
	t.Helper()
	form := url.Values{"client_id": {id}, "client_secret": {string(secret)}, "token": {string(token)}}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, s, req)
}

func TestRevocationAndIntrospection(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain, {ID: "other", Secret: secret}}, Refresh: Rotated})
	tok := s.Issue("c", "read")
	wantActive := func(what string, token fob.Secret, want bool) {
		t.Helper()
		if got := about(t, s, introspectPath, "other", token).Members["active"]; got != want {
			t.Errorf("%s: active %v, want %v", what, got, want)
		}
	}
	wantActive("access token", tok.Access, true)
	wantActive("refresh token", tok.Refresh, true)
	wantActive("made-up token", "x", false)
	wantStatus(t, "introspection by a stranger", about(t, s, introspectPath, "nobody", tok.Access).Status, 401)
	wantStatus(t, "revocation by a stranger", about(t, s, revokePath, "nobody", tok.Access).Status, 401)
	wantStatus(t, "revocation by another client", about(t, s, revokePath, "other", tok.Access).Status, 400)
	wantStatus(t, "revocation by another client", about(t, s, revokePath, "other", tok.Refresh).Status, 400)
	wantActive("access token after that", tok.Access, true)
	wantStatus(t, "revocation of what is unknown", about(t, s, revokePath, "c", "x").Status, 200)
	wantStatus(t, "revocation", about(t, s, revokePath, "c", tok.Access).Status, 200)
	wantActive("revoked access token", tok.Access, false)
	wantActive("refresh token of a revoked access token", tok.Refresh, true)
	tok = s.Issue("c")
	wantStatus(t, "revocation", about(t, s, revokePath, "c", tok.Refresh).Status, 200)
	wantActive("access token of a revoked refresh token", tok.Access, false)
	s.Change(func(o *Options) { o.Bare = true })
	wantStatus(t, "revocation where there is none", about(t, s, revokePath, "c", tok.Refresh).Status, 404)
}
