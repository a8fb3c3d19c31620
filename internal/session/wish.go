package session

import (
	"errors"
	"slices"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/oauth"
)

// Wish is what a tool's request has to say of the token that it wants. The zero Wish is content with the profile as it is written.
type Wish struct {
	Audience string     // in place of the profile's audience
	Subject  fob.Secret // the token that came with the request, for a subject_token that is { request = true }; others have no use for it
}

var (
	// ErrNoSubject is in the tree of the error for a profile that exchanges the request's token, where none came.
	ErrNoSubject = errors.New("no token came with the request")

	// ErrSubject is in the tree of the error for a request's token that does not say whose it is: no JWT with iss and sub.
	ErrSubject = errors.New("the request's token is no JWT that names its issuer and subject")

	// ErrAudience is in the tree of the error for an audience wished of a grant that cannot ask for one.
	ErrAudience = errors.New("cannot ask for another audience")
)

// For is p as w wishes it: with a Key and a Source of its own where w changes which token is given, else p itself. The token for a request's
// subject is kept under what that claims of itself, unverified: that the claims are true is for the server to say, the first time, and whoever
// can lie to us afterwards can read what we keep. Errors are of type *ProfileError.
func (p *Profile) For(w Wish) (*Profile, error) {
	w, err := p.reduce(w)
	if err != nil {
		return nil, &ProfileError{p.Name, err}
	}
	if w == (Wish{}) {
		return p, nil
	}
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	derived, err := p.session.assemble(p.Profile, w)
	if err != nil {
		return nil, &ProfileError{p.Name, err}
	}
	return derived, nil
}

// reduce leaves of w what makes a difference to p.
func (p *Profile) reduce(w Wish) (Wish, error) {
	if w.Audience != "" && slices.Equal(p.Audience, config.List{w.Audience}) {
		w.Audience = ""
	}
	switch {
	case w.Audience != "" && !takesAudience(p.GrantType()):
		return w, &oauth.LocalError{What: "grant " + p.GrantType(), Err: ErrAudience}
	case !p.SubjectToken.Request:
		w.Subject = ""
	case w.Subject == "":
		return w, &oauth.LocalError{What: "subject_token", Err: ErrNoSubject}
	case claimsOf(w.Subject) == nil:
		return w, &oauth.LocalError{What: "subject_token", Err: ErrSubject}
	}
	return w, nil
}

// takesAudience reports whether a grant asks anew for each token. A refresh token given in the configuration is good for one audience: a second
// record begun with it would use up the first one's.
func takesAudience(grant string) bool {
	return grant == config.ClientCredentials || grant == config.TokenExchange || grant == config.JWTBearer
}
