// Package defect has what was found wrong in libraries of today, each as a check that any RoundTripper, token source or circuit
// breaker can be put to.
package defect

import (
	"sync"

	"github.com/fobkit/fob/internal/bench/peer"
)

// Defect is one, and who is looked at for it.
type Defect struct {
	ID, What string
	In       []string // whose it was, by column
	on       []subject
}

// subject is a library, by its column in the table; broken says how the defect shows.
type subject struct {
	column string
	broken func() error
}

// Columns are the libraries of the table, at the versions that go.mod names.
var Columns = []string{"fob", "x/oauth2", "retryablehttp", "failsafe-go", "gobreaker", "cloud auth", "azcore", "oras-go", "go-containerregistry"}

// All are D1 to D26, as the project numbers them.
func All() []Defect {
	var all []Defect
	for _, part := range [][]Defect{requests, tokens, attempts, circuits} {
		all = append(all, part...)
	}
	return all
}

// Finding is what came of a check: nil is sound.
type Finding map[string]error

// Look puts everybody to all the checks, side by side: most of what takes time here is waiting.
func Look(all []Defect) []Finding {
	findings := make([]Finding, len(all))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, d := range all {
		findings[i] = make(Finding)
		for _, s := range d.on {
			wg.Go(func() {
				err := s.broken()
				mu.Lock()
				defer mu.Unlock()
				findings[i][s.column] = err
			})
		}
	}
	wg.Wait()
	return findings
}

// on has check look at each of the peers, which are named by the first column of theirs.
func on(check func(peer.Peer) error, peers ...named) (all []subject) {
	for _, p := range peers {
		all = append(all, subject{p.column, func() error { return check(p.Peer) }})
	}
	return all
}

type named struct {
	column string
	peer.Peer
}

var (
	fobs      = named{"fob", peer.Fob}
	oauth2    = named{"x/oauth2", peer.OAuth2}
	retryable = named{"retryablehttp", peer.Retryable}
	failsafe  = named{"failsafe-go", peer.Failsafe}
	cloud     = named{"cloud auth", peer.Cloud}
	azure     = named{"azcore", peer.Azure}
	oras      = named{"oras-go", peer.ORAS}
	ggcr      = named{"go-containerregistry", peer.GGCR}
)

// in is another way of p's library.
func (n named) in(p peer.Peer) named { return named{n.column, p} }
