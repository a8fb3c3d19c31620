package oauth_test

import (
	"context"
	"fmt"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

func Example() {
	srv, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "report-job", Secret: "s3cret"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	grant := oauth.ClientCredentials{
		Client: &oauth.Client{
			Issuer:    srv.Issuer(),
			ClientID:  "report-job",
			Auth:      oauth.Basic{Secret: fob.Secret("s3cret")},
			Transport: srv.Client().Transport, // trusts the server's own authority; leave it out elsewhere
		},
		Scopes: []string{"reports:read"},
	}
	tok, err := grant.Mint(context.Background(), fob.Token{})
	fmt.Println(tok.Type, tok.Access, tok.Life(), err)
	// Output: Bearer [secret] 1h0m0s <nil>
}

func ExamplePerson_Browse() {
	srv, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "cli", Auth: []oauthtest.Auth{oauthtest.None}}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	person := oauth.Person{
		Client: &oauth.Client{Issuer: srv.Issuer(), ClientID: "cli", Transport: srv.Client().Transport},
		Scopes: []string{"openid"},
	}
	visit := func(url string) error { // here the person's browser is opened
		go func() {
			if page, err := srv.Client().Get(url); err == nil {
				page.Body.Close()
			}
		}()
		return nil
	}
	tok, err := person.Browse(context.Background(), oauth.Browser{Open: visit})
	if err != nil {
		fmt.Println(err)
		return
	}
	var cache fob.Cache
	src := cache.Source(person.Key(), person)
	fmt.Println(src.Replace(context.Background(), tok), tok.Access, tok.Life())
	// Output: <nil> [secret] 1h0m0s
}
