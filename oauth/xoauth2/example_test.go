package xoauth2_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/oauth/xoauth2"
)

func server() (s *oauthtest.Server, grant oauth.ClientCredentials) {
	s, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "report-job", Secret: "s-" + canary}))
	if err != nil {
		log.Fatal(err)
	}
	return s, oauth.ClientCredentials{Client: &oauth.Client{Issuer: s.PlainURL, ClientID: "report-job", Auth: oauth.Basic{Secret: fob.Secret("s-" + canary)}}}
}

// Code that was written for x/oauth2 takes its tokens from a cache that all programs of this user share.
func ExampleTokenSource() {
	server, grant := server()
	defer server.Close()
	ctx := context.Background()

	source := new(fob.Cache).Source(grant.Key(), grant)
	client := oauth2.NewClient(ctx, xoauth2.TokenSource(ctx, source))
	resp, err := client.Get(server.PlainURL + "/api/me")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}

// A TokenSource that a library brings sends its tokens to the hosts that are named, and to no other.
func ExampleSource() {
	server, grant := server()
	defer server.Close()
	ctx := context.Background()
	tok, err := grant.Mint(ctx, fob.Token{})
	if err != nil {
		log.Fatal(err)
	}
	ts := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: string(tok.Access), Expiry: time.Now().Add(time.Hour)})

	rt, err := middleware.Chain(nil, middleware.Auth{Source: xoauth2.Source(ts), Hosts: []string{server.PlainURL}})
	if err != nil {
		log.Fatal(err)
	}
	resp, err := (&http.Client{Transport: rt}).Get(server.PlainURL + "/api/me")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
