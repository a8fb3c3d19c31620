package session

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/oauth"
)

// voucher is the source of a token that ref stands for: somebody else may issue it for the occasion.
func (s *Session) voucher(ref config.SecretRef, w Wish, rt http.RoundTripper) oauth.SecretSource {
	switch {
	case ref.GitHubActions != "":
		return s.gitHub(ref, rt)
	case ref.Profile != "":
		return chained{s, ref}
	case ref.Request && w.Subject == "":
		return absent{}
	case ref.Request:
		return w.Subject
	}
	return secret(ref)
}

func (s *Session) gitHub(ref config.SecretRef, rt http.RoundTripper) oauth.GitHubActions {
	getenv := paths.Env(s.environ)
	return oauth.GitHubActions{
		Audience: ref.GitHubActions, URL: getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), Token: fob.Secret(getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")),
		Transport: rt,
	}
}

// absent is the token of a request that brought none.
type absent struct{}

func (absent) Secret(context.Context) (fob.Secret, error) { return "", ErrNoSubject }

// chained is the token of another profile, out of the cache that all share.
type chained struct {
	s   *Session
	ref config.SecretRef
}

// shownFor is how long a token that is given for another must last: the server looks at it once.
const shownFor = 30 * time.Second

func (c chained) Secret(ctx context.Context) (fob.Secret, error) {
	p, err := c.s.Profile(c.ref.Profile)
	if err != nil {
		return "", err
	}
	if c.ref.Token == "id" {
		tok, _, err := p.IDToken(ctx, shownFor)
		return tok.ID, err
	}
	tok, err := p.Token(ctx, shownFor)
	return tok.Access, err
}

// Fingerprint says whether another token would be given, and mints none. See fob.Fingerprinter.
func (c chained) Fingerprint(ctx context.Context) (fob.Secret, error) {
	p, err := c.s.Profile(c.ref.Profile)
	if err != nil {
		return "", err
	}
	return p.Source.Kept(ctx).Access, nil
}

// subjectOf names the subject of a token that is at hand, so that two of them never share what is kept: of a JWT its claims, of a job of GitHub's
// the place of its JWTs. Empty: the profile's name says it well enough.
func (s *Session) subjectOf(ref config.SecretRef, w Wish) string {
	switch {
	case ref.GitHubActions != "":
		u, err := url.Parse(paths.Env(s.environ)("ACTIONS_ID_TOKEN_REQUEST_URL"))
		if err != nil {
			return ""
		}
		return u.Host + u.EscapedPath()
	case ref.Request:
		return claimsOf(w.Subject).String()
	case ref.Profile != "":
		return s.chainedKey(ref.Profile)
	case ref.Env == "" && ref.File == "":
		return ""
	}
	token, err := ref.Secret(context.Background())
	if err != nil {
		return "" // the mint will say so
	}
	return claimsOf(token).String()
}

// chainedKey names the token of another profile. The caller holds mu.
func (s *Session) chainedKey(profile string) string {
	p, err := s.profile(s.Config.Profiles[profile])
	if err != nil {
		return "" // the mint will say so
	}
	return p.Key.Name()
}

// account tells tokens apart that one client may be given: by the profile where they come from a person's login, or from somebody's hand, and by
// the subject. The caller holds mu.
func (s *Session) account(c *config.Profile, w Wish) string {
	if c.GrantType() == config.ClientCredentials {
		return ""
	}
	account := c.Name
	for _, ref := range []config.SecretRef{c.SubjectToken, c.ActorToken} {
		if who := s.subjectOf(ref, w); who != "" {
			account += " " + who
		}
	}
	return account
}

// momentary reports whether another process may find another subject under the same profile: what one finds out is not for the index.
func (s *Session) momentary(c *config.Profile) bool {
	return slices.ContainsFunc([]config.SecretRef{c.SubjectToken, c.ActorToken}, func(r config.SecretRef) bool {
		return r.Momentary() || r.Profile != "" && s.momentary(s.Config.Profiles[r.Profile])
	})
}

// tokenType is the type of a token that ref stands for; a written one wins.
func tokenType(written string, ref config.SecretRef) string {
	switch {
	case ref.Profile != "" && ref.Token == "id":
		return cmp.Or(written, "id_token")
	case ref.Profile != "":
		return cmp.Or(written, "access_token")
	}
	return written
}
