package credhelper_test

import (
	"context"
	"os"
	"strings"

	"github.com/fobkit/fob/credhelper"
)

// acme gives its token to one host.
type acme struct{}

func (acme) Credential(_ context.Context, req credhelper.Request) (credhelper.Credential, error) {
	if req.Origin() != "https://git.example.com" {
		return credhelper.Credential{}, credhelper.ErrNotFound
	}
	return credhelper.Credential{Username: "oauth2", Secret: "an access token"}, nil
}

func Example() {
	call := credhelper.OS()
	call.Args = []string{"git-credential-acme", "get"} // as git runs it
	call.Stdin = strings.NewReader("protocol=https\nhost=git.example.com\n")
	call.Stdout = os.Stdout
	credhelper.Serve(context.Background(), acme{}, call)
	// Output:
	// username=oauth2
	// password=an access token
}
