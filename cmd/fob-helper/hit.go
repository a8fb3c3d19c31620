package main

import (
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

// Credential answers from the record, if its token lasts long enough.
func (h *hit) Credential(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	p, err := h.choose(req)
	if err != nil {
		return credhelper.Credential{}, err
	}
	r, ok := h.record(ctx, p.Record)
	tok := fob.Token{Access: fob.Secret(r.Access), Type: r.Type, Issued: r.Issued, Expiry: r.Expiry}
	now := time.Now()
	if !ok || !tok.Lasts(now, req.MinTTL) {
		return credhelper.Credential{}, credhelper.ErrHandOver
	}
	if now.After(tok.RefreshAt()) && now.After(r.RetryAt) && r.Intent.IsZero() { // else fob would leave the server alone
		h.stale = p.Record
	}
	return frontend.Credential(tok, p), nil
}

// Store has nothing to do for a token that came from a profile: git says store after every success.
func (h *hit) Store(_ context.Context, req credhelper.Request, _ credhelper.Credential) error {
	if req.Protocol != "git" {
		return credhelper.ErrHandOver
	}
	if _, err := h.choose(req); !errors.Is(err, credhelper.ErrNotFound) {
		return err
	}
	return nil // another helper's business
}

// Erase and List are rare, and fob's.
func (h *hit) Erase(context.Context, credhelper.Request, credhelper.Credential) error {
	return credhelper.ErrHandOver
}

func (h *hit) List(context.Context) ([]credhelper.Entry, error) { return nil, credhelper.ErrHandOver }

// choose finds the profile, or ErrNotFound where it is certain that there is none, and nobody asks for a reason.
func (h *hit) choose(req credhelper.Request) (*route.Profile, error) {
	if h.index == nil {
		return nil, credhelper.ErrHandOver
	}
	p, err := frontend.Choose(h.index, req, "")
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, route.ErrNoProfile) && h.asksNoReason(req) && !slices.Contains(h.index.Stored, req.Server):
		return nil, credhelper.ErrNotFound
	}
	return nil, credhelper.ErrHandOver
}

// asksNoReason reports whether req comes from a tool that asks its helpers about every host there is, and no person wonders why.
func (h *hit) asksNoReason(req credhelper.Request) bool {
	return req.Profile == "" && (req.Protocol == "git" || req.Protocol == "docker") && !strings.EqualFold(h.getenv("FOB_LOG"), "debug")
}

func (h *hit) record(ctx context.Context, name string) (record.Record, bool) {
	if name == "" {
		return record.Record{}, false
	}
	data, err := fob.Dir(paths.Tokens(h.state)).Get(ctx, name)
	if err != nil {
		return record.Record{}, false
	}
	r, err := record.Decode(data)
	return r, err == nil
}
