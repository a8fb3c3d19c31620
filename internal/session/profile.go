package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/oauth"
)

// Profile is a profile that can be asked for tokens.
type Profile struct {
	*config.Profile
	System oauth.System // what it makes of the configuration
	Key    fob.Key
	Source *fob.CachedSource
	Hosts  []route.Pattern   // those of the configuration, else the origin of its API
	Base   http.RoundTripper // reaches hosts that its ca_file vouches for; nil: it has none

	session *Session
	fleet   *fleet // nil: its tokens are this machine's
}

// ProfileError is what is wrong with a profile, found out when it is used.
type ProfileError struct {
	Name string
	Err  error
}

func (e *ProfileError) Error() string { return "profile " + e.Name + ": " + e.Err.Error() }
func (e *ProfileError) Unwrap() error { return e.Err }

// Profile opens the profile of that name; see config.Config.Pick for what an empty one stands for. Other errors than Pick's are of
// type *ProfileError. Nobody is asked, and no secret is read but the token whose claims say what the profile's own is kept under. One that
// exchanges a request's token cannot mint before For has given it one.
func (s *Session) Profile(name string) (*Profile, error) {
	c, err := s.Config.Pick(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile(c)
}

// profile is Profile for who holds mu.
func (s *Session) profile(c *config.Profile) (*Profile, error) {
	if p := s.open[c.Name]; p != nil {
		return p, nil
	}
	p, err := s.assemble(c, Wish{})
	if err != nil {
		return nil, &ProfileError{c.Name, err}
	}
	s.open[c.Name] = p
	return p, nil
}

// assemble makes a Profile of c as w wishes it. The caller holds mu.
func (s *Session) assemble(c *config.Profile, w Wish) (*Profile, error) {
	p := &Profile{Profile: c, Hosts: c.Hosts, session: s}
	var err error
	if p.Base, err = TransportFor(c.CAFile); err != nil {
		return nil, &oauth.LocalError{What: "ca_file", Err: err}
	}
	if p.System, err = s.settings(c, w, p.Base).Open(); err != nil {
		return nil, err
	}
	if c.GrantType() == config.Certificate {
		p.System.Grant = noToken{c.GrantType()}
	}
	if len(p.Hosts) == 0 {
		if p.Hosts, err = hostsOf(p.System); err != nil {
			return nil, &oauth.LocalError{What: "api", Err: err}
		}
	}
	p.Key = p.System.Grant.Key()
	switch {
	case c.Store != "":
		p.fleet = s.fleetOf(c)
		p.Source = p.fleet.cache.Source(p.Key, minting{p.System.Grant, p.fleet})
		return p, s.identified(c)
	case c.Kept():
		p.Source = s.Cache.Source(p.Key, p.System.Grant)
	default: // a static token lies somewhere already, and there it may change
		p.Source = new(fob.Cache).Source(p.Key, p.System.Grant)
	}
	return p, nil
}

// hostsOf are those that a system's tokens are for.
func hostsOf(s oauth.System) (hosts []route.Pattern, err error) {
	all := s.Hosts
	if origin := s.API.Origin(); origin != "" {
		all = append(slices.Clip(all), trimHTTPS(origin))
	}
	for _, h := range all {
		p, err := route.ParsePattern(h)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(hosts, p) {
			hosts = append(hosts, p)
		}
	}
	return hosts, nil
}

// APIHeaders are the headers that p's API wants beside the token. Their secrets are read now.
func (p *Profile) APIHeaders(ctx context.Context) (http.Header, error) {
	h := make(http.Header, len(p.System.API.Header))
	for name, src := range p.System.API.Header {
		value, err := src.Secret(ctx)
		if err != nil {
			return nil, &ProfileError{p.Name, fmt.Errorf("header %s: %w", name, err)}
		}
		h.Set(name, string(value))
	}
	return h, nil
}

// Login mints anew, whatever is kept, and replaces it: for a refresh token, with the one in the configuration.
func (p *Profile) Login(ctx context.Context) (fob.Token, error) {
	tok, err := p.Source.Login(ctx)
	return tok, p.named(err)
}

// ErrNothingKept is Logout's answer where there was no token to revoke.
var ErrNothingKept = errors.New("nothing was kept")

// Logout removes what is kept of p's token, for all machines if it is Shared. revokeErr is why the server could not be told; everything local is gone all the same.
func (p *Profile) Logout(ctx context.Context) (revokeErr, err error) {
	revokeErr = ErrNothingKept
	err = p.Source.Forget(ctx, func(ctx context.Context, tok fob.Token) error {
		revokeErr = p.System.Client.Revoke(ctx, tok)
		return nil
	})
	if err != nil && p.Shared() && !errors.As(err, new(*unopened)) {
		err = inWords(err)
	}
	return revokeErr, err
}

// Token is p's token, for at least that long; see fob.CachedSource.TokenLasting. Its errors name p.
func (p *Profile) Token(ctx context.Context, least time.Duration) (fob.Token, error) {
	tok, err := p.Source.TokenLasting(ctx, least)
	return tok, p.named(err)
}

// Renew is a new token, whatever is kept; if it cannot be had, what is kept stays.
func (p *Profile) Renew(ctx context.Context) (fob.Token, error) {
	tok, err := p.Source.Renew(ctx, p.Source.Kept(ctx))
	return tok, p.named(err)
}

// named says which profile err is about, unless it does so itself.
func (p *Profile) named(err error) error {
	var secret *config.SecretError
	var other *ProfileError // whose token p's is had for: it is there that something must be done
	switch {
	case err == nil:
		return nil
	case errors.As(err, &secret):
		return secret
	case errors.As(err, &other):
		return other
	}
	return &ProfileError{p.Name, err}
}
