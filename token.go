package fob

import "time"

// Token is what an authorization server issued (RFC 6749 §5.1). It is a value: copied, never changed in place.
type Token struct {
	Access  Secret // the access token; empty in a Token that holds none
	Type    string // "Bearer" unless the server said otherwise; any letter case of bearer becomes "Bearer"
	Refresh Secret // the refresh token; empty if there is none
	ID      Secret // the OpenID Connect ID token; empty if there is none

	Issued time.Time // when the request that brought it was sent, by the local clock
	Expiry time.Time // zero: the token does not expire

	Scopes []string          // as granted; nil: as asked
	Extra  map[string]Secret // members of the answer that fob does not know, each as its JSON text
}

// Scheme is the authentication scheme under which t is presented to servers. ok is false for a token that is not presented: one of type
// N_A, which is given for another (RFC 8693 §2.2.1), and AWS4 keys, which sign.
func (t Token) Scheme() (scheme string, ok bool) {
	switch t.Type {
	case "":
		return "Bearer", true
	case "N_A", "AWS4":
		return "", false
	}
	return t.Type, true
}

// clockTolerance is how far the clocks of those who share a token may differ: five minutes off to either side, and one for good measure.
const clockTolerance = 11 * time.Minute

// Valid reports whether t has an access token that has not expired at now. One that expires, and was issued more than eleven minutes
// after now, is not believed: some clock was wrong, and its expiry is too.
func (t Token) Valid(now time.Time) bool {
	if t.Access == "" || t.Expiry.IsZero() {
		return t.Access != ""
	}
	now = now.Round(0) // by the wall clock: the monotonic one stands still while the machine sleeps
	return now.Before(t.Expiry) && !now.Before(t.Issued.Add(-clockTolerance))
}

// Life is the time between issue and expiry. Zero: the token does not expire.
func (t Token) Life() time.Duration {
	if t.Expiry.IsZero() {
		return 0
	}
	return t.Expiry.Sub(t.Issued)
}

// Lasts reports whether t is valid at now and stays so for least, which is capped at half of t's life: a caller that
// asks for more than a server ever gives would otherwise cost a mint a call.
func (t Token) Lasts(now time.Time, least time.Duration) bool {
	if !t.Valid(now) {
		return false
	}
	return t.Expiry.IsZero() || t.Expiry.Sub(now.Round(0)) >= min(least, t.Life()/2)
}
