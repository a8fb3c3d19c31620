package frontend_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/frontend"
)

// asked remembers what a tool asked.
type asked struct{ req *credhelper.Request }

func (a asked) Credential(_ context.Context, req credhelper.Request) (credhelper.Credential, error) {
	*a.req = req
	return credhelper.Credential{}, credhelper.ErrNotFound
}

// TestPlacesOfOneToolAreOneOnlyIfAllIsTheSame: two requests share what is kept if scheme, host, port and path are the same, whatever else they say.
func TestPlacesOfOneToolAreOneOnlyIfAllIsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	ports := map[string]string{"https": ":443", "http": ":80"}
	seen := make(map[string]string) // place to what it stands for
	for range 5000 {
		scheme, host, port, path := pick("https", "http"), pick("localhost", "127.0.0.1", "[::1]"), pick("", ":80", ":443", ":8443"), pick("", "a", "a/b", "a b", "a%2fb", "A", "a/", "8443/a")
		if scheme == "https" {
			host = pick("git.example", "a.git.example", "git.example.org", "localhost")
		}
		in := fmt.Sprintf("protocol=%s\nhost=%s%s\npath=%s\nusername=%s\nwwwauth[]=%s\n", pick(scheme, strings.ToUpper(scheme)), pick(host, strings.ToUpper(host)), port, path, pick("", "ann"), pick("", "Basic realm=\"x\""))
		var req credhelper.Request
		var out, errs strings.Builder
		if credhelper.Serve(t.Context(), asked{&req}, credhelper.Call{Args: []string{"fob", "git", "get"}, Stdin: strings.NewReader(in), Stdout: &out, Stderr: &errs}); req.Host == "" {
			t.Fatalf("%q was refused: %s", in, errs.String())
		}
		if port == "" {
			port = ports[scheme]
		}
		place, what := frontend.Place(req), strings.Join([]string{scheme, host, port, path}, " ")
		if place == "" || seen[place] != "" && seen[place] != what {
			t.Fatalf("%q stands for both %q and %q", place, seen[place], what)
		}
		seen[place] = what
	}
	whats := make(map[string]bool)
	for _, what := range seen {
		whats[what] = true
	}
	if len(whats) != len(seen) {
		t.Errorf("%d places have %d names", len(whats), len(seen))
	}
}
