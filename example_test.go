package fob_test

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
)

// One token for a client's requests, shared with every other program that uses the same directory.
func Example() {
	server, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "report-job", Secret: "s-" + canary}))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	dir, _ := os.MkdirTemp("", "fob")
	defer os.RemoveAll(dir)
	issuer, api := server.PlainURL, server.PlainURL+"/api"
	os.Setenv("REPORT_SECRET", "s-"+canary)

	cache := &fob.Cache{Store: fob.Dir(dir)}
	client := &oauth.Client{Issuer: issuer, ClientID: "report-job", Auth: oauth.Basic{Secret: fob.Secret(os.Getenv("REPORT_SECRET"))}}
	grant := oauth.ClientCredentials{Client: client, Scopes: []string{"reports:read"}}
	source := cache.Source(grant.Key(), grant)
	rt, err := transport.New(transport.Config{Source: source, Hosts: []string{api}})
	resp, err := (&http.Client{Transport: rt}).Get(api + "/today")

	fmt.Println(resp.Status, err, server.Counts().Issued, "token")
	// Output: 200 OK <nil> 1 token
}

// The README's example is the one above.
func TestTheReadmesExampleIsCompiled(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	code, _, _ := strings.Cut(rest, "```")
	if !found || strings.Count(code, "\n") > 8 {
		t.Fatal("README.md has no short Go example")
	}
	self, _ := os.ReadFile("example_test.go")
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); !strings.Contains(string(self), line) {
			t.Errorf("README.md shows code that nobody compiles: %s", line)
		}
	}
}
