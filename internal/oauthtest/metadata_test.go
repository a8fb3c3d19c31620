package oauthtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestMetadataLiesWhereTheStandardsSay(t *testing.T) {
	s := New(t, OIDC(plain))
	get := func(path string) answer {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
		return send(t, s, req)
	}
	cases := []struct {
		issuer, path string
		status       int
	}{
		{"", "/.well-known/openid-configuration", 200},
		{"", "/.well-known/oauth-authorization-server", 200},
		{"/tenant", "/tenant/.well-known/openid-configuration", 200},
		{"/tenant", "/.well-known/oauth-authorization-server/tenant", 200},
		{"/tenant", "/.well-known/openid-configuration", 404},
	}
	for _, c := range cases {
		s.Change(func(o *Options) { o.IssuerPath = c.issuer })
		a := get(c.path)
		wantStatus(t, c.path, a.Status, c.status)
		if c.status == 200 && (a.Members["issuer"] != s.URL+c.issuer || a.Members["issuer"] != s.Issuer()) {
			t.Errorf("issuer %v, want %s", a.Members["issuer"], s.URL+c.issuer)
		}
	}
	s.Change(func(o *Options) {
		o.IssuerPath, o.Metadata = "", map[string]any{"issuer": "https://liar.example", "revocation_endpoint": nil}
	})
	a := get(oidcMetadata)
	_, revocation := a.Members["revocation_endpoint"]
	if a.Members["issuer"] != "https://liar.example" || a.Members["token_endpoint"] != s.TokenURL() || revocation {
		t.Error("metadata does not lie as told")
	}
	s.Change(func(o *Options) { o.Bare = true })
	wantStatus(t, "metadata where there is none", get(oidcMetadata).Status, 404)
}

func TestRequestsAreKeptAsTheyCameAndPrintNoSecret(t *testing.T) {
	s := New(t, Blynk(plain))
	trial{query: "?client_secret=" + Canary, header: http.Header{"X-Api-Key": {"k"}}, kind: "text/plain", body: Canary}.send(t, s)
	got := s.Requests()
	if len(got) != 1 {
		t.Fatalf("%d requests, want 1", len(got))
	}
	want := "POST /oauth2/token?client_secret=" + Canary + "\nContent-Type: text/plain\nX-Api-Key: k\n\n" + Canary
	if string(got[0].Wire()) != want {
		t.Error("the request is not kept as it came")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, got); strings.Contains(text, Canary) || !strings.Contains(text, "POST /oauth2/token") {
			t.Errorf("%s shows something else than method and path", verb)
		}
	}
}

func TestBodyOfATokenRequestIsBounded(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}})
	a := trial{body: strings.Repeat("x", maxBody+1)}.send(t, s)
	wantStatus(t, "request above 1 MiB", a.Status, 400)
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests kept, want 0", n)
	}
}
