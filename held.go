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

func hold(tok Token) *held { return &held{tok: tok, stale: tok.RefreshAt()} }

// RefreshAt is when t should be replaced: with a fifth of its life left, at most five minutes, and later by up to two fifths of that
// window at random, so that a fleet does not march in step. Each call draws anew. A token that does not expire is
// replaced never, which is a time far off.
//
// It has no monotonic reading: a monotonic clock stands still while the machine sleeps, and a token does not.
func (t Token) RefreshAt() time.Time {
	if t.Expiry.IsZero() {
		return never
	}
	lead := min(t.Life()/5, 5*time.Minute)
	if lead <= 0 {
		return t.Expiry
	}
	return t.Expiry.Add(-lead + rand.N(lead*2/5+1)).Round(0)
}
