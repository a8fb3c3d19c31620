package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/stored"
)

// handler answers from the cache, or mints. It opens the configuration when it is first asked.
type handler struct {
	app    *app
	s      *session.Session
	failed error // why Credential gave none
}

func (h *handler) session() (*session.Session, error) {
	if h.s != nil {
		return h.s, nil
	}
	s, err := h.app.session()
	if err != nil {
		return nil, err
	}
	h.s = s
	return s, nil
}

// Credential is the token of the profile that serves req, or what a person typed in for its server.
func (h *handler) Credential(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	c, err := h.credential(ctx, req)
	if h.failed = err; err != nil && req.Host == "" {
		err = namedAlready{req.Profile, err}
	}
	return c, err
}

// namedAlready is an error for a request of no host: whoever renders it names the profile instead, and so it need not.
type namedAlready struct {
	profile string
	error
}

func (e namedAlready) Error() string {
	return strings.TrimPrefix(e.error.Error(), "profile "+e.profile+": ")
}
func (e namedAlready) Unwrap() error { return e.error }

func (h *handler) credential(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	p, r, err := h.profile(req)
	if errors.Is(err, credhelper.ErrNotFound) && req.Protocol == "docker" {
		return h.kept(ctx, req)
	}
	if err != nil {
		return credhelper.Credential{}, err
	}
	tok, err := h.token(ctx, p, r, req)
	if err != nil {
		return credhelper.Credential{}, classify(h.app.notes.failed(err))
	}
	c := frontend.Credential(tok, r)
	c.Divided = req.Protocol == "kubelet" && frontend.Divided(h.s.Routes(), req)
	if req.Protocol == "goauth" {
		c.Path = frontend.Below(r, req)
	}
	return c, nil
}

// token is p's token, after what req says of the one before. A tool that cannot wait any longer gets one that is merely valid.
func (h *handler) token(ctx context.Context, p *session.Profile, r *route.Profile, req credhelper.Request) (fob.Token, error) {
	refused, err := h.heed(ctx, p, r, req)
	if err != nil {
		return fob.Token{}, err
	}
	tok, err := p.Token(ctx, req.MinTTL)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		if kept := p.Source.Kept(ctx); kept.Valid(time.Now()) && kept.Access != refused.Access {
			return kept, nil
		}
		return fob.Token{}, err
	case err == nil && tok.Access == refused.Access:
		return fob.Token{}, errNoOther
	}
	return tok, err
}

var errNoOther = kind{credhelper.ErrDenied, errors.New("its server refused this token, and there is no other yet")}

// heed drops the kept token if req says, or lets one guess, that its server refused it. What is said for certain is returned: that one must
// not be given out again.
func (h *handler) heed(ctx context.Context, p *session.Profile, r *route.Profile, req credhelper.Request) (refused fob.Token, err error) {
	kept := p.Source.Kept(ctx)
	switch {
	case kept.Access == "":
		return fob.Token{}, nil
	case slices.Contains(req.Refused, frontend.Mark(r.Record, kept)):
		return kept, p.Source.Invalidate(ctx, kept)
	case req.Rejected:
		return fob.Token{}, p.Source.Suspect(ctx, kept)
	}
	return fob.Token{}, nil
}

// Held are the tokens that lie in the cache.
func (h *handler) Held(ctx context.Context, req credhelper.Request) ([]credhelper.Held, error) {
	s, err := h.session()
	if err != nil {
		return nil, err
	}
	return frontend.Held(s.Routes(), req, func(r *route.Profile) (fob.Token, bool) {
		p, err := s.Profile(r.Name)
		if err != nil {
			return fob.Token{}, false
		}
		tok := p.Source.Kept(ctx)
		return tok, tok.Lasts(time.Now(), req.MinTTL)
	}), nil
}

// profile finds the profile that serves req: by what req says, never by default.
func (h *handler) profile(req credhelper.Request) (*session.Profile, *route.Profile, error) {
	s, err := h.session()
	if err != nil {
		return nil, nil, err
	}
	if req.Profile != "" {
		if _, err := profile(s, req.Profile); err != nil {
			return nil, nil, configError(err)
		}
	}
	r, err := frontend.Choose(s.Routes(), req, s.Config.Chosen)
	if errors.Is(err, route.ErrNoProfile) {
		if q, err := frontend.Query(req); err == nil {
			h.app.logMisses(s, q)
		}
		return nil, nil, kind{credhelper.ErrNotFound, whyNone(s, req)}
	}
	if err != nil {
		return nil, nil, classify(err)
	}
	p, err := s.Profile(r.Name)
	if err != nil {
		return nil, nil, configError(err)
	}
	if p, r, err = wished(p, r, req); err != nil {
		return nil, nil, configError(err)
	}
	_, host, _ := strings.Cut(req.Origin(), "://")
	h.app.notes.asks(s, journal.Entry{Profile: p.Name, Asker: req.Protocol, Host: host})
	return p, r, nil
}

// wished is p, and what routing knows of it, for the audience and the subject that req names.
func wished(p *session.Profile, r *route.Profile, req credhelper.Request) (*session.Profile, *route.Profile, error) {
	own, err := p.For(session.Wish{Audience: req.Audience, Subject: req.Subject})
	if err != nil || own == p {
		return p, r, err
	}
	other := *r
	other.Record = own.Key.Name()
	return own, &other, nil
}

// frontError is a front-end that names no host, of a profile that does not allow it.
type frontError struct{ Profile, Front string }

func (e *frontError) Error() string {
	return "the request names no host, and the profile does not allow " + e.Front
}

// whyNone says why no profile may answer req, for the tools that tell their users.
func whyNone(s *session.Session, req credhelper.Request) error {
	switch {
	case len(s.Config.Profiles) == 0:
		return &noProfilesError{s.Config.User}
	case req.Host == "" && req.Profile != "":
		return &frontError{req.Profile, req.Protocol}
	case req.Host == "":
		return fmt.Errorf("the request names no host, and no profile that allows %s was asked for", req.Protocol)
	case req.Profile != "":
		return errors.New("the profile does not have it among its hosts")
	}
	return errors.New("no profile has it among its hosts")
}

func (h *handler) kept(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	shelf, ok := h.s.Stored()
	if !ok {
		return credhelper.Credential{}, credhelper.ErrNotFound
	}
	c, err := shelf.Get(ctx, req.Server)
	if errors.Is(err, fob.ErrNotFound) {
		return credhelper.Credential{}, credhelper.ErrNotFound
	}
	return credhelper.Credential{Username: c.Username, Secret: c.Secret, Form: credhelper.Password}, err
}

var errNowhere = errors.New("no state directory and no key to seal with")

// Store keeps what docker login gives for a server that no profile serves. What git says after each success is no news.
func (h *handler) Store(ctx context.Context, req credhelper.Request, c credhelper.Credential) error {
	p, _, err := h.profile(req)
	switch {
	case req.Protocol == "git" && (err == nil || errors.Is(err, credhelper.ErrNotFound)):
		return nil
	case err == nil && c.Secret == p.Source.Kept(ctx).Access:
		return nil
	case err == nil:
		return fmt.Errorf("profile %s serves this host already", p.Name)
	case !errors.Is(err, credhelper.ErrNotFound):
		return err
	}
	shelf, ok := h.s.Stored()
	if !ok {
		return errNowhere
	}
	return shelf.Put(ctx, stored.Credential{Server: req.Server, Username: c.Username, Secret: c.Secret})
}

// Erase drops a profile's access token, if it is the one that the tool says it used, and never its refresh token; and it
// forgets what was typed in.
func (h *handler) Erase(ctx context.Context, req credhelper.Request, used credhelper.Credential) error {
	p, _, err := h.profile(req)
	switch {
	case errors.Is(err, credhelper.ErrNotFound):
		return h.forget(ctx, req)
	case err != nil:
		return err
	}
	tok := p.Source.Kept(ctx)
	if used.Secret != "" && used.Secret != tok.Access {
		return nil // news of an old token
	}
	return p.Source.Invalidate(ctx, tok)
}

func (h *handler) forget(ctx context.Context, req credhelper.Request) error {
	shelf, ok := h.s.Stored()
	if req.Protocol != "docker" || !ok {
		return nil
	}
	_, err := shelf.Delete(ctx, req.Server)
	return err
}

// List names what docker get would answer without asking anybody: what was typed in, and the hosts of profiles that have a
// valid token. Docker may ask for each of them, and gives up at the first that fails.
func (h *handler) List(ctx context.Context) ([]credhelper.Entry, error) {
	s, err := h.session()
	if err != nil {
		return nil, err
	}
	var entries []credhelper.Entry
	if shelf, ok := s.Stored(); ok {
		all, err := shelf.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			entries = append(entries, credhelper.Entry{Server: c.Server, Username: c.Username})
		}
	}
	for _, name := range s.Config.Names() {
		if p, err := s.Profile(name); err == nil && p.Source.Kept(ctx).Valid(time.Now()) {
			entries = append(entries, servers(p)...)
		}
	}
	return entries, nil
}

// servers are the hosts of p that are no patterns.
func servers(p *session.Profile) []credhelper.Entry {
	var entries []credhelper.Entry
	for _, host := range p.Hosts {
		if !strings.HasPrefix(host.Host, "*.") && host.Path == "" {
			entries = append(entries, credhelper.Entry{Server: host.String(), Username: cmp.Or(p.Username, "oauth2")})
		}
	}
	return entries
}
