// Package route decides which profile a request belongs to, and whether it belongs to any: it is the one place that says
// where a token may go. fob-helper runs it on every git fetch, on an index that fob compiled from the configuration.
//
//	target, err := route.ParseTarget("https", "git.corp.example", "team/repo.git")
//	profile, err := index.Choose(route.Query{Target: target})
package route

import (
	"errors"
	"slices"
)

// ErrNoProfile is returned where no profile may answer: the protocol's own "not found".
var ErrNoProfile = errors.New("no profile for this request")

// AmbiguousError is returned where two profiles match equally well: neither is taken.
type AmbiguousError struct{ A, B string }

func (e *AmbiguousError) Error() string { return "profiles " + e.A + " and " + e.B + " match equally" }

// Fronts are the front-ends whose request names no host, sorted. A profile serves one only if it allows it by name.
var Fronts = []string{"aws", "exec", "file", "google", "kubernetes", "raw", "vault"}

// Profile is what routing knows of a profile.
type Profile struct {
	Name         string
	Record       string    // name of its token's record in the store; empty: none can be named beforehand
	Hosts        []Pattern // where its tokens may go
	Username     string    // what git and docker send beside the token; empty: the front-end's own default
	Allow        []string  // of Fronts
	Bearer       bool      // git gets the Bearer form instead of the Basic one
	KubernetesID bool      // kubernetes gets the ID token instead of the access token
	Certificate  bool      // kubernetes gets a client certificate, beside the token or in its place
}

// Query is a request for a credential.
type Query struct {
	Target   Target // where the credential will be sent; zero where the protocol does not say
	Front    string // the front-end; it counts only without a Target, and then the profile must allow it
	Username string // the user name that the request carries, if any: a tie-breaker
	Profile  string // chosen by flag or argv[0]: narrows the choice to this one, and never lets it go anywhere new
	Prefer   string // FOB_PROFILE: the last tie-breaker
}

// Choose returns the profile that answers q: of those that match, the one with the longest path; then the one with q's user
// name; then q.Prefer. It returns [ErrNoProfile], or an [AmbiguousError] where more than one is left.
func (x *Index) Choose(q Query) (*Profile, error) {
	left := x.candidates(q)
	left = prefer(left, func(p *Profile) bool { return q.Username != "" && p.Username == q.Username })
	left = prefer(left, func(p *Profile) bool { return p.Name == q.Prefer })
	switch len(left) {
	case 0:
		return nil, ErrNoProfile
	case 1:
		return left[0], nil
	}
	return nil, &AmbiguousError{A: left[0].Name, B: left[1].Name}
}

// candidates are the profiles that may answer q and whose matching path is the longest of all.
func (x *Index) candidates(q Query) []*Profile {
	var found []*Profile
	longest := -1
	for i := range x.Profiles {
		p := &x.Profiles[i]
		if q.Profile != "" && q.Profile != p.Name {
			continue
		}
		switch n := p.match(q); {
		case n < 0 || n < longest:
		case n > longest:
			longest, found = n, append(found[:0], p)
		default:
			found = append(found, p)
		}
	}
	return found
}

// match is the length of the longest path by which p may answer q, or -1 if it may not.
func (p *Profile) match(q Query) int {
	longest := -1
	if q.Target == (Target{}) {
		if slices.Contains(p.Allow, q.Front) {
			longest = 0
		}
		return longest
	}
	for _, h := range p.Hosts {
		if h.Match(q.Target) {
			longest = max(longest, len(h.Path))
		}
	}
	return longest
}

// prefer narrows left to those that are wanted, unless none is.
func prefer(left []*Profile, want func(*Profile) bool) []*Profile {
	if len(left) < 2 || !slices.ContainsFunc(left, want) {
		return left
	}
	return slices.DeleteFunc(left, func(p *Profile) bool { return !want(p) })
}
