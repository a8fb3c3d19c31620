package session

import (
	"context"
	"errors"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// ErrNoPerson is in the tree of the error where a profile that no person logs in to is asked for a way to.
var ErrNoPerson = errors.New("no person logs in")

// Person reports whether it takes a person to get p's first token.
func (p *Profile) Person() bool {
	_, ok := p.System.Grant.(oauth.Person)
	return ok
}

func (p *Profile) person() (oauth.Person, error) {
	g, ok := p.System.Grant.(oauth.Person)
	if !ok {
		return g, &oauth.LocalError{What: "grant " + p.GrantType(), Err: ErrNoPerson}
	}
	return g, nil
}

// Flows reports which ways to log in p's server has, whichever of them the profile's grant names.
func (p *Profile) Flows(ctx context.Context) (browser, device bool, err error) {
	g, err := p.person()
	if err == nil {
		browser, device, err = g.Flows(ctx)
	}
	return browser, device, p.named(err)
}

// LoginBrowser logs a person in with a browser, and replaces what is kept. If that fails, what is kept stays. Nothing is locked while the person
// is waited for.
func (p *Profile) LoginBrowser(ctx context.Context, b oauth.Browser) (fob.Token, error) {
	return p.login(ctx, func(g oauth.Person) (fob.Token, error) { return g.Browse(ctx, b) })
}

// LoginDevice is LoginBrowser by way of another device. show is told what to do there, and must not wait.
func (p *Profile) LoginDevice(ctx context.Context, show func(oauth.DeviceCode)) (fob.Token, error) {
	return p.login(ctx, func(g oauth.Person) (fob.Token, error) { return g.Poll(ctx, show) })
}

func (p *Profile) login(ctx context.Context, flow func(oauth.Person) (fob.Token, error)) (fob.Token, error) {
	g, err := p.person()
	if err != nil {
		return fob.Token{}, p.named(err)
	}
	tok, err := flow(g)
	if err == nil {
		err = p.Source.Replace(context.WithoutCancel(ctx), tok) // it cannot be had a second time
	}
	if err != nil {
		return fob.Token{}, p.named(err)
	}
	return tok, nil
}

// renewPause is how old a token must be to be replaced for the sake of its ID token: a refresh may bring none.
const renewPause = time.Minute

// IDToken is p's token with an ID token in it that lasts for least, as far as those of its server do: one may end before the access token that
// came with it. until is its own end; zero: it does not say. One that has ended is an error.
func (p *Profile) IDToken(ctx context.Context, least time.Duration) (tok fob.Token, until time.Time, err error) {
	if tok, err = p.Token(ctx, least); err != nil {
		return fob.Token{}, time.Time{}, err
	}
	if ends(oauth.IDExpiry(tok.ID), least) && time.Since(tok.Issued) > renewPause {
		var newer fob.Token
		if newer, err = p.Source.Renew(ctx, tok); err == nil {
			tok = newer
		}
	}
	until = oauth.IDExpiry(tok.ID)
	switch {
	case tok.ID == "":
		err = errNoID
	case !ends(until, 0):
		return tok, until, nil
	case err == nil:
		err = errOldID
	}
	return fob.Token{}, time.Time{}, p.named(err)
}

// errOldID is a refresh that left the ID token as it was.
var errOldID = errors.New("its ID token has expired, and a refresh brings no other")

// ends reports whether what ends at until does so within d. Zero: it does not end.
func ends(until time.Time, d time.Duration) bool {
	return !until.IsZero() && time.Until(until) <= d
}
