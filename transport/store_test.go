package transport_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/redistest"
	"github.com/fobkit/fob/transport"
)

// TestReplicasShareATokenThroughTheirStore: two processes with nothing in common but the store, and what Close leaves of a third.
func TestReplicasShareATokenThroughTheirStore(t *testing.T) {
	r := redistest.Start(t, redistest.Options{})
	server, err := oauthtest.Start(oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: "s3cret-" + oauthtest.Canary}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	t.Cleanup(transport.Restart)
	keys := string(redis.NewKey())
	for range 3 {
		home := t.TempDir()
		config := filepath.Join(home, "config.toml")
		text := fmt.Sprintf("[profile.acme]\nissuer = %q\nclient_id = \"c\"\nclient_secret = \"s3cret-%s\"\nhosts = [%q]\nstore = %q\nstore_keys = %q\n",
			server.PlainURL, oauthtest.Canary, server.PlainURL, r.URL(), keys)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("FOB_CONFIG", config)
		t.Setenv("FOB_STATE", filepath.Join(home, "state"))
		transport.Restart()
		client, err := transport.Client("acme")
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Get(server.PlainURL + "/api/me")
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != http.StatusOK {
			t.Errorf("got %s", resp.Status)
		}
		if n := connections(r); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
		if err := transport.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := server.Counts().Requests(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	if n := connections(r); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// connections are those of fob's.
func connections(r *redistest.Server) int {
	return strings.Count(r.CLI("client", "list"), " name=fob ")
}
