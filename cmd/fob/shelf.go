package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/stored"
)

// shelf is where what tools give to keep lies, and the place there for req. ok is false where nothing is kept for such a request: one that wants
// a profile wants nothing else.
func (h *handler) shelf(req credhelper.Request) (shelf stored.Shelf, place stored.Place, ok bool) {
	place = stored.Place{Tool: req.Protocol, Server: frontend.Place(req)}
	if place.Server == "" || req.Profile != "" {
		return stored.Shelf{}, place, false
	}
	shelf, ok = h.s.Stored()
	return shelf, place, ok
}

// keptMark marks what is given back from the shelf, so that a git which says that it was accepted says nothing new.
const keptMark = "kept"

// kept is what a tool gave to keep for req's very place, or none: why there is no profile.
func (h *handler) kept(ctx context.Context, req credhelper.Request, none error) (credhelper.Credential, error) {
	shelf, place, ok := h.shelf(req)
	if !ok {
		return credhelper.Credential{}, none
	}
	c, err := shelf.Get(ctx, place, req.Username, func(c stored.Credential) bool { return c.AuthType == "" || req.Bearer })
	if errors.Is(err, fob.ErrNotFound) {
		return credhelper.Credential{}, none
	}
	if err != nil {
		return credhelper.Credential{}, err
	}
	answer := credhelper.Credential{
		Username: c.Username, Secret: c.Secret, Form: credhelper.Password, AuthType: c.AuthType, Refresh: c.Refresh, Expiry: c.Expiry, Verbatim: true,
	}
	if c.Secret != "" {
		answer.Mark = keptMark
	}
	return answer, nil
}

var errNowhere = errors.New("no state directory and no key to seal with")

// Store keeps what a tool gives for a place that no profile serves. That of git is often no news: git says store after each success, of
// tokens too that it had from here.
func (h *handler) Store(ctx context.Context, req credhelper.Request, c credhelper.Credential) error {
	if c.Ephemeral || c.Mark != "" {
		return nil
	}
	p, _, err := h.profile(req)
	switch {
	case err == nil && (req.Protocol == "git" || c.Secret == p.Source.Kept(ctx).Access):
		return nil
	case err == nil:
		return fmt.Errorf("profile %s serves this host already", p.Name)
	case !errors.Is(err, credhelper.ErrNotFound):
		return err
	}
	err = h.keep(ctx, req, c, err)
	if req.Protocol == "git" && (errors.Is(err, credhelper.ErrNotFound) || errors.Is(err, errNowhere) || errors.As(err, new(*tokenError))) {
		return nil // git has had its answer, and tells every helper
	}
	return err
}

// keep puts c on the shelf, unless it is a profile's token. none is why there is no profile.
func (h *handler) keep(ctx context.Context, req credhelper.Request, c credhelper.Credential, none error) error {
	shelf, place, ok := h.shelf(req)
	switch {
	case place.Server == "" || req.Profile != "":
		return none
	case !ok:
		return errNowhere
	}
	if name := h.whose(ctx, c.Secret); name != "" {
		return &tokenError{name}
	}
	return shelf.Put(ctx, stored.Credential{
		Place: place, Username: c.Username, Secret: c.Secret, Refresh: c.Refresh, AuthType: c.AuthType, Expiry: c.Expiry,
	})
}

// tokenError is a profile's token that was to be kept for a host which the profile does not serve.
type tokenError struct{ Profile string }

func (e *tokenError) Error() string {
	return "it is a token of profile " + e.Profile + ", which does not have this host"
}

// whose is the profile of which secret is a token.
func (h *handler) whose(ctx context.Context, secret fob.Secret) string {
	for _, name := range h.s.Config.Names() {
		p, err := h.s.Profile(name)
		if err != nil {
			continue
		}
		if tok := p.Source.Kept(ctx); secret != "" && (secret == tok.Access || secret == tok.Refresh || secret == tok.ID) {
			return name
		}
	}
	return ""
}

// Erase drops a profile's access token, if it is the one that the tool says it used, and never its refresh token; or it forgets what
// a tool gave to keep, if it is that. Where there is nothing to drop, it is credhelper.ErrNotFound.
func (h *handler) Erase(ctx context.Context, req credhelper.Request, used credhelper.Credential) error {
	p, _, err := h.profile(req)
	switch {
	case errors.Is(err, credhelper.ErrNotFound):
		return h.forget(ctx, req, used)
	case err != nil:
		return err
	}
	tok := p.Source.Kept(ctx)
	switch secret := said(used); {
	case secret != nil && *secret != tok.Access:
		return nil // news of an old token
	case tok.Access == "":
		return credhelper.ErrNotFound
	}
	return p.Source.Invalidate(ctx, tok)
}

// said is the secret that a tool says it used, which may be empty: a repository can give git a URL with an empty password. Nil: it does not say.
func said(used credhelper.Credential) *fob.Secret {
	if used.Secret == "" && !used.Verbatim {
		return nil
	}
	return &used.Secret
}

func (h *handler) forget(ctx context.Context, req credhelper.Request, used credhelper.Credential) error {
	shelf, place, ok := h.shelf(req)
	if !ok {
		return credhelper.ErrNotFound
	}
	found, err := shelf.Delete(ctx, place, req.Username, said(used))
	if err == nil && !found {
		err = credhelper.ErrNotFound
	}
	return err
}

// List is docker's, from the cache and the shelf; see frontend.List.
func (h *handler) List(ctx context.Context) ([]credhelper.Entry, error) {
	s, err := h.session()
	if err != nil {
		return nil, err
	}
	index := s.Routes()
	if index.Logins, err = s.Logins(ctx); err != nil {
		return nil, err
	}
	return frontend.List(index, func(r *route.Profile) bool {
		p, err := s.Profile(r.Name)
		return err == nil && p.Source.Kept(ctx).Valid(time.Now())
	}), nil
}
