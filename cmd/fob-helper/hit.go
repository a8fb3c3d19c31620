package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/route"
)

// hit answers what index and record answer, and leaves the rest to fob.
type hit struct {
	index  *route.Index // nil: none that can be believed
	state  string
	getenv paths.Getenv
	stale  string // the record that it answered from, if it is time to replace its token
}

// openHit reads the index, if the environment and the configuration are still those it was compiled from.
func openHit(environ []string, getenv paths.Getenv) *hit {
	state, err := paths.State(getenv)
	if err != nil || state == "" || !route.Plain(environ) || atomicfile.OwnDir(state) != nil {
		return new(hit)
	}
	config, err := paths.UserConfig(getenv)
	if err != nil {
		return new(hit)
	}
	data, err := atomicfile.ReadOwn(paths.Index(state), paths.MaxIndex)
	if err != nil {
		return new(hit)
	}
	index, err := route.Decode(data)
	if err != nil || !index.Fresh(config, route.Stat) {
		return new(hit)
	}
	return &hit{index: index, state: state, getenv: getenv}
}

// Credential answers from the record, if its token lasts long enough, and nothing was said of it that fob must judge.
func (h *hit) Credential(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	p, err := h.choose(req)
	if err != nil {
		return credhelper.Credential{}, err
	}
	tok, ok := h.kept(ctx, p, req)
	if !ok || isSpecial(req) || p.Certificate && req.Protocol == "kubernetes" {
		return credhelper.Credential{}, credhelper.ErrHandOver
	}
	c, ok := frontend.Answer(tok, p, req)
	if !ok {
		return credhelper.Credential{}, credhelper.ErrHandOver
	}
	c.Divided = req.Protocol == "kubelet" && frontend.Divided(h.index, req)
	if req.Protocol == "goauth" {
		c.Path = frontend.Below(p, req)
	}
	return c, nil
}

// isSpecial reports whether req wants more than the profile's token as it is kept.
func isSpecial(req credhelper.Request) bool {
	return len(req.Refused) > 0 || req.Rejected || req.SelfHeal || req.Audience != "" || req.Subject != ""
}

// Held answers from all records.
func (h *hit) Held(ctx context.Context, req credhelper.Request) ([]credhelper.Held, error) {
	if h.index == nil {
		return nil, credhelper.ErrHandOver
	}
	return frontend.Held(h.index, req, func(p *route.Profile) (fob.Token, bool) { return h.kept(ctx, p, req) }), nil
}

// Store has nothing to do for what git was given here: git says store after every success.
func (h *hit) Store(_ context.Context, req credhelper.Request, c credhelper.Credential) error {
	if req.Protocol != "git" {
		return credhelper.ErrHandOver
	}
	if c.Ephemeral || c.Mark != "" {
		return nil
	}
	if _, err := h.choose(req); err != nil {
		return credhelper.ErrHandOver
	}
	return nil
}

// Erase is rare, and fob's.
func (h *hit) Erase(context.Context, credhelper.Request, credhelper.Credential) error {
	return credhelper.ErrHandOver
}

// List answers from the index and all records.
func (h *hit) List(ctx context.Context) ([]credhelper.Entry, error) {
	if h.index == nil {
		return nil, credhelper.ErrHandOver
	}
	return frontend.List(h.index, func(p *route.Profile) bool {
		tok, r := h.token(ctx, p)
		tok.Access = cmp.Or(tok.Access, fob.Secret(r.Sealed["access"])) // for a list it need not be opened
		return tok.Valid(time.Now())
	}), nil
}

// Save is for fob: this program writes no files.
func (h *hit) Save(context.Context, credhelper.Request, string, []byte) error {
	return credhelper.ErrHandOver
}

// choose finds the profile, or ErrNotFound where it is certain that there is none, that nothing is kept either, and nobody asks for a reason.
func (h *hit) choose(req credhelper.Request) (*route.Profile, error) {
	if h.index == nil {
		return nil, credhelper.ErrHandOver
	}
	p, err := frontend.Choose(h.index, req, "")
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, route.ErrNoProfile) && h.asksNoReason(req) && !slices.Contains(h.index.Stored, req.Protocol+" "+frontend.Place(req)):
		return nil, credhelper.ErrNotFound
	}
	return nil, credhelper.ErrHandOver
}

// askers are the tools that ask about every host there is.
var askers = []string{"git", "docker", "goauth", "bazel", "cargo", "terraform", "kubelet", "vault"}

// asksNoReason reports whether req comes from one of them, and no person wonders why.
func (h *hit) asksNoReason(req credhelper.Request) bool {
	return req.Profile == "" && slices.Contains(askers, req.Protocol) && !strings.EqualFold(h.getenv("FOB_LOG"), "debug")
}

// kept is the token in p's record, if it lasts long enough.
func (h *hit) kept(ctx context.Context, p *route.Profile, req credhelper.Request) (fob.Token, bool) {
	tok, r := h.token(ctx, p)
	now := time.Now()
	if !tok.Lasts(now, req.MinTTL) {
		return fob.Token{}, false
	}
	if now.After(tok.RefreshAt()) && now.After(r.RetryAt) && r.Intent.IsZero() { // else fob would leave the server alone
		h.stale = p.Record
	}
	return tok, true
}

// token is the token in p's record, and the record; both are empty if it cannot be read.
func (h *hit) token(ctx context.Context, p *route.Profile) (fob.Token, record.Record) {
	if p.Record == "" {
		return fob.Token{}, record.Record{}
	}
	data, err := fob.Dir(paths.Tokens(h.state)).Get(ctx, p.Record)
	if err != nil {
		return fob.Token{}, record.Record{}
	}
	r, err := record.Decode(data)
	if err != nil {
		return fob.Token{}, record.Record{}
	}
	return fob.Token{Access: fob.Secret(r.Access), Type: r.Type, ID: fob.Secret(r.ID), Issued: r.Issued, Expiry: r.Expiry}, r
}
