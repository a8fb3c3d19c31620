package defect

import (
	"net/http"
	"testing"

	"github.com/fobkit/fob/internal/bench/peer"
	"github.com/fobkit/fob/middleware/rttest"
)

// Contract is what rttest finds in each column's library.
type Contract struct {
	Promises []string
	Broken   map[string]map[string]error // by column and promise
}

// contracted are the libraries as RoundTrippers. oras-go is none: it is a client, which follows redirects.
var contracted = []named{fobs, oauth2, retryable, failsafe, {"gobreaker", peer.Gobreaker}, cloud, cloud.in(peer.CloudKey), azure, ggcr}

// Suite puts all of them to rttest, which finds by itself some of what All looks for.
func Suite(t *testing.T) Contract {
	c := Contract{Broken: make(map[string]map[string]error)}
	for _, p := range contracted {
		if c.Broken[p.column] == nil {
			c.Broken[p.column] = make(map[string]error)
		}
		results := rttest.Report(t, func(base http.RoundTripper) http.RoundTripper {
			return p.Wrap(peer.Net{API: base, Tokens: peer.Always})
		})
		c.Promises = c.Promises[:0]
		for _, r := range results {
			c.Promises = append(c.Promises, r.Promise)
			if r.Err != nil {
				c.Broken[p.column][r.Promise] = r.Err
			}
		}
	}
	return c
}
