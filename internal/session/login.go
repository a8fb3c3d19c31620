package session

import (
	"context"
	"errors"

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
