package defect

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"testing"

	"github.com/fobkit/fob/internal/bench/peer"
	"github.com/fobkit/fob/middleware/rttest"
)

// contracted are the libraries as RoundTrippers. oras-go is none: it is a client, which follows redirects.
var contracted = []named{fobs, oauth2, retryable, failsafe, {"gobreaker", peer.Gobreaker}, cloud, cloud.in(peer.CloudKey), azure, ggcr}

// found are defects that rttest must find by itself in a peer, and the promise that they break.
var found = map[string][2]string{
	"D1":  {"x/oauth2", "credentials stay with their origin"},
	"D7":  {"cloud auth", "the caller's request is left as it was"},
	"D12": {"go-containerregistry", "each attempt carries the whole body"},
	"D13": {"retryablehttp", "a request that may not be repeated is sent once"},
	"D14": {"retryablehttp", "a redirect is handed back unfollowed"},
	"D17": {"failsafe-go", "a discarded answer is closed"},
}

var file = flag.String("contract", "", "where the Contract is left, as JSON")

func TestTheContractSuiteFindsDefectsOfPeers(t *testing.T) {
	c := suite(t)
	for id, f := range found {
		if !c.Broken[f[0]][f[1]] {
			t.Errorf("%s: %s keeps: %s", id, f[0], f[1])
		}
	}
	if *file == "" {
		return
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func suite(t *testing.T) Contract {
	c := Contract{Broken: make(map[string]map[string]bool)}
	for _, p := range contracted {
		if c.Broken[p.column] == nil {
			c.Broken[p.column] = make(map[string]bool)
		}
		c.Promises = nil
		for _, r := range rttest.Report(t, func(base http.RoundTripper) http.RoundTripper {
			return p.Wrap(peer.Net{API: base, Tokens: peer.Always})
		}) {
			c.Promises = append(c.Promises, r.Promise)
			if r.Err == nil {
				continue
			}
			c.Broken[p.column][r.Promise] = true
			if p.column == "fob" {
				t.Errorf("fob: %s: %v", r.Promise, r.Err)
			}
		}
	}
	return c
}
