package fob

import (
	"math/rand/v2"
	"time"
)

// held is a token in memory, with what the path of a fresh token compares to the clock. It is never changed.
type held struct {
	tok   Token
	stale time.Time // from here on a caller still gets tok, and a mint begins behind its back
}

// never is later than any clock this program will see.
var never = time.Unix(1<<40, 0)

func hold(tok Token) *held { return &held{tok: tok, stale: staleFrom(tok)} }

// staleFrom is when tok should be replaced: with a fifth of its life left, at most five minutes, and later by up to two fifths of that
// window at random, so that a fleet does not march in step. It has no monotonic reading: a monotonic clock stands still
// while the machine sleeps, and a token does not.
func staleFrom(tok Token) time.Time {
	if tok.Expiry.IsZero() {
		return never
	}
	lead := min(tok.Life()/5, 5*time.Minute)
	if lead <= 0 {
		return tok.Expiry
	}
	return tok.Expiry.Add(-lead + rand.N(lead*2/5+1)).Round(0)
}
