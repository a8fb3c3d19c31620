package docs_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
)

// What library.md shows is quoted from here; a test compares.

const secret = fob.Secret("s3cret-" + oauthtest.Canary)

// start is a server with one client, and a directory that goes with it.
func start() (server *oauthtest.Server, dir string, end func()) {
	server, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "report-job", Secret: secret}))
	if err != nil {
		log.Fatal(err)
	}
	dir, err = os.MkdirTemp("", "fob")
	if err != nil {
		log.Fatal(err)
	}
	return server, dir, func() { server.Close(); os.RemoveAll(dir) }
}

func Example_source() {
	server, dir, end := start()
	defer end()
	ctx := context.Background()
	grant := oauth.ClientCredentials{
		Client: &oauth.Client{Issuer: server.PlainURL, ClientID: "report-job", Auth: oauth.Basic{Secret: secret}},
		Scopes: []string{"reports:read"},
	}

	cache := &fob.Cache{Store: fob.Dir(dir)}
	source := cache.Source(grant.Key(), grant)
	for range 1000 {
		if _, err := source.Token(ctx); err != nil {
			log.Fatal(err)
		}
	}
	err := cache.Close(ctx)

	fmt.Println(server.Counts().Issued, "token", err)
	// Output: 1 token <nil>
}

func Example_refreshToken() {
	server, _, end := start()
	defer end()
	ctx := context.Background()
	client := &oauth.Client{Issuer: server.PlainURL, ClientID: "report-job", Auth: oauth.Basic{Secret: secret}}
	first := server.Issue("report-job").Refresh

	grant := oauth.RefreshToken{Client: client, Token: first, Account: "ann"}
	source := new(fob.Cache).Source(grant.Key(), grant)
	_, err := source.Token(ctx)
	if errors.Is(err, fob.ErrLoginRequired) {
		log.Fatal("the refresh token is dead: only a person can get the next")
	}

	fmt.Println(server.Counts().Token, err)
	// Output: map[refresh_token:1] <nil>
}

func Example_grantFunc() {
	ctx := context.Background()
	source := new(fob.Cache).Source(fob.Key{Issuer: "metadata service", Client: "vm"},
		fob.GrantFunc(func(ctx context.Context, last fob.Token) (fob.Token, error) {
			return fob.Token{Access: "a token of your own", Expiry: time.Now().Add(time.Hour)}, nil
		}))
	tok, err := source.Token(ctx)

	fmt.Println(tok.Access, string(tok.Access), err) // a Secret shows itself only to string()
	// Output: [secret] a token of your own <nil>
}

func Example_trace() {
	server, _, end := start()
	defer end()
	grant := oauth.ClientCredentials{
		Client: &oauth.Client{Issuer: server.PlainURL, ClientID: "report-job", Auth: oauth.Basic{Secret: secret}},
	}
	cache := &fob.Cache{Trace: fob.Trace{
		MintDone: func(name string, tok fob.Token, took time.Duration, err error) { fmt.Println("minted", tok.Type, err) },
		Warning:  func(name string, err error) { fmt.Println("warning", err) },
	}}
	cache.Source(grant.Key(), grant).Token(context.Background())
	// Output: minted Bearer <nil>
}

func Example_auth() {
	server, _, end := start()
	defer end()
	grant := oauth.ClientCredentials{
		Client: &oauth.Client{Issuer: server.PlainURL, ClientID: "report-job", Auth: oauth.Basic{Secret: secret}},
	}
	source := new(fob.Cache).Source(grant.Key(), grant)
	api := server.PlainURL + "/api"

	rt, err := middleware.Chain(nil, // outermost first; nil is http.DefaultTransport
		middleware.Auth{Source: source, Hosts: []string{api}},
	)
	if err != nil {
		log.Fatal(err) // no hosts, no source, or a malformed host
	}
	client := &http.Client{Transport: rt}

	get := func() {
		resp, err := client.Get(api + "/today")
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	get()
	time.Sleep(time.Second) // a younger token's refusal is put down to a server that has not heard of it yet
	server.RevokeAll()      // behind the client's back
	get()
	fmt.Println(server.Counts().Unauthorized, "refused,", server.Counts().Issued, "tokens")
	// Output:
	// 200
	// 200
	// 1 refused, 2 tokens
}

func Example_profile() {
	server, dir, end := start()
	defer end()
	file := filepath.Join(dir, "config.toml")
	os.WriteFile(file, fmt.Appendf(nil, "[profile.acme]\nissuer = %q\nclient_id = \"report-job\"\nclient_secret = %q\nhosts = [%q]\n",
		server.PlainURL, string(secret), server.PlainURL), 0o600)
	os.Setenv("FOB_CONFIG", file)
	os.Setenv("FOB_STATE", filepath.Join(dir, "state"))
	api := server.PlainURL + "/api"

	client, err := transport.Client("acme") // a profile of the configuration
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.Get(api + "/today")

	fmt.Println(resp.Status, err)
	// Output: 200 OK <nil>
}
