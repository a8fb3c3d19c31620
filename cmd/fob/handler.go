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
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
)

// handler answers from the cache, or mints. It opens the configuration when it is first asked.
type handler struct {
	app    *app
	s      *session.Session
	failed error // why Credential gave none

	parent func() (process, bool) // who asks; nil: nobody knows
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

// Credential is the token of the profile that serves req, or what a tool gave to keep for its place.
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
	if errors.Is(err, credhelper.ErrNotFound) {
		return h.kept(ctx, req, err)
	}
	if err != nil {
		return credhelper.Credential{}, err
	}
	c, err := h.answer(ctx, p, r, req)
	if err != nil {
		return credhelper.Credential{}, classify(h.app.notes.failed(err))
	}
	c.Divided = req.Protocol == "kubelet" && frontend.Divided(h.s.Routes(), req)
	if req.Protocol == "goauth" {
		c.Path = frontend.Below(r, req)
	}
	return c, nil
}

// answer is p's token, and for kubernetes its client certificate beside it or, where it is nothing else, in its place.
func (h *handler) answer(ctx context.Context, p *session.Profile, r *route.Profile, req credhelper.Request) (credhelper.Credential, error) {
	pair := r.Certificate && req.Protocol == "kubernetes"
	if pair && p.GrantType() == config.Certificate {
		return withKeyPair(ctx, credhelper.Credential{}, p)
	}
	tok, err := h.token(ctx, p, r, req)
	if err != nil {
		return credhelper.Credential{}, err
	}
	c, ok := frontend.Answer(tok, r, req)
	if !ok {
		if c, err = h.withNewID(ctx, p, r, req, tok); err != nil {
			return credhelper.Credential{}, err
		}
	}
	h.tells(req, c.Mark)
	if pair {
		return withKeyPair(ctx, c, p)
	}
	return c, nil
}

// withNewID answers with the successor of tok, whose ID token is about to end. Where there is none, tok serves until that has ended.
func (h *handler) withNewID(ctx context.Context, p *session.Profile, r *route.Profile, req credhelper.Request, tok fob.Token) (credhelper.Credential, error) {
	tok, err := p.WithNewID(ctx, tok, req.MinTTL)
	req.MinTTL = 0
	c, ok := frontend.Answer(tok, r, req)
	switch {
	case ok, err == nil && req.Protocol != "kubernetes": // the other protocols have words for one that has ended
		return c, nil
	case err == nil:
		err = errNoID
	}
	return credhelper.Credential{}, err
}

var errNoID = kind{credhelper.ErrDenied, errors.New("kubernetes_token is id, and its server gives no ID token, or none that lasts")}

// withKeyPair is c with p's client certificate. Both are asked for again when the first of them ends.
func withKeyPair(ctx context.Context, c credhelper.Credential, p *session.Profile) (credhelper.Credential, error) {
	certificate, key, end, err := p.KeyPair(ctx)
	c.Certificate, c.CertificateKey = string(certificate), key
	if c.Expiry.IsZero() || end.Before(c.Expiry) {
		c.Expiry = end
	}
	return c, err
}

// token is p's token, after what req says of the one before. A tool that cannot wait any longer gets one that is merely valid.
func (h *handler) token(ctx context.Context, p *session.Profile, r *route.Profile, req credhelper.Request) (fob.Token, error) {
	refused, err := h.heed(ctx, p, r, req)
	if err != nil {
		return fob.Token{}, err
	}
	tok, err := p.Token(ctx, req.MinTTL)
	if errors.Is(err, fob.ErrLoginRequired) {
		tok, err = h.logIn(ctx, p, req, err)
	}
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

// logIn has the person log in without whom there is no token of p, if req's tool may ask one; p's token may be had for that of another profile.
func (h *handler) logIn(ctx context.Context, p *session.Profile, req credhelper.Request, required error) (fob.Token, error) {
	whose, err := h.s.Profile(cmp.Or(profileNamed(required), p.Name))
	if err != nil || !whose.Person() {
		return fob.Token{}, required
	}
	v := &interview{app: h.app, s: h.s, p: whose, tool: req.Protocol, interactive: req.Interactive}
	if err := v.run(ctx); err != nil {
		return fob.Token{}, err
	}
	return p.Token(ctx, req.MinTTL)
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
	case req.Rejected && h.mayHaveGiven(kept), h.asksAgain(req, frontend.Mark(r.Record, kept)):
		return fob.Token{}, p.Source.Suspect(ctx, kept)
	}
	return fob.Token{}, nil
}

// mayHaveGiven reports whether tok was there when who asks now began, as far as the system tells. go asks for all that is at hand at once,
// and then for each refusal: that of a request which it sent with nothing says nothing against what has been minted since.
func (h *handler) mayHaveGiven(tok fob.Token) bool {
	if h.parent == nil {
		return true
	}
	p, ok := h.parent()
	return !ok || time.Since(tok.Issued) > p.Age
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
