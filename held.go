package fob

import (
	"math/rand/v2"
	"time"
)

// held is a token in memory, with what the path of a fresh token compares to the clock. It is never changed.
//
// Age is told by two clocks, and the one that has gone further counts: the wall clock may be set back, and a monotonic clock
// stands still while the machine sleeps.
type held struct {
	tok      Token
	stale    time.Time     // by the wall clock: from here on a caller still gets tok, and a mint begins behind its back
	since    time.Time     // by the monotonic clock: when tok was taken up,
	freshFor time.Duration // how long it is fresh from then on,
	validFor time.Duration // and how long valid

	generation uint64 // of the record that it lies in, or would
	lies       bool   // it was in the store
}

// hold takes tok up. A token of a clock ahead of ours, which was issued at a time that is yet to come here, lives no longer for that.
func hold(tok Token) *held {
	now, stale := time.Now(), tok.RefreshAt()
	h := &held{tok: tok, stale: stale, since: now, freshFor: stale.Sub(now), validFor: forEver}
	if !tok.Expiry.IsZero() {
		h.freshFor, h.validFor = min(h.freshFor, stale.Sub(tok.Issued)), min(tok.Expiry.Sub(now), tok.Life())
	}
	return h
}

func (k kept) hold() *held {
	h := hold(k.tok)
	h.generation, h.lies = k.rec.Generation, k.lies
	return h
}

func (h *held) fresh(now time.Time) bool { return now.Before(h.stale) && now.Sub(h.since) < h.freshFor }

func (h *held) valid(now time.Time) bool { return h.tok.Valid(now) && now.Sub(h.since) < h.validFor }

// same reports whether h holds tok already. Stores round times.
func (h *held) same(tok Token) bool {
	return h != nil && h.tok.Access == tok.Access && h.tok.Expiry.Sub(tok.Expiry).Abs() < time.Second
}

// Name is that of s's Key, by which a Trace tells of it.
func (s *CachedSource) Name() string { return s.name }

// Held returns the token that Token would return at once, out of memory, and whether it is fresh: else Token would begin to mint its
// successor. Zero: Token would wait. Nobody is asked, and nothing begun.
func (s *CachedSource) Held() (tok Token, fresh bool) {
	h, now := s.cur.Load(), time.Now()
	switch {
	case h == nil:
		return Token{}, false
	case h.fresh(now):
		return h.tok, true
	case h.valid(now):
		return h.tok, false
	}
	return Token{}, false
}

const forEver time.Duration = 1<<63 - 1

// never is later than any clock this program will see.
var never = time.Unix(1<<40, 0)

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
