package session

import (
	"context"
	"errors"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// renewPause is how old a token must be to be replaced for the sake of its ID token: a refresh may bring none.
const renewPause = time.Minute

// IDToken is p's token with an ID token in it that lasts for least, as far as those of its server do: one may end before the access token that
// came with it. until is its own end; zero: it does not say. One that has ended is an error.
func (p *Profile) IDToken(ctx context.Context, least time.Duration) (tok fob.Token, until time.Time, err error) {
	if tok, err = p.Token(ctx, least); err != nil {
		return fob.Token{}, time.Time{}, err
	}
	tok, err = p.WithNewID(ctx, tok, least)
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

// WithNewID is tok, which is p's, or its successor if its ID token ends within least. What others get is tok until there is a successor, and
// where none is to be had, it is returned beside the error. No server is asked while a failure is remembered, nor for the
// successor of a token that is not a minute old.
func (p *Profile) WithNewID(ctx context.Context, tok fob.Token, least time.Duration) (fob.Token, error) {
	until := oauth.IDExpiry(tok.ID)
	if !ends(until, least) || time.Since(tok.Issued) <= renewPause {
		return tok, nil
	}
	if !ends(until, 0) && p.Source.InDoubt(ctx) {
		return tok, nil // a refresh token in doubt is not sent again before it must be
	}
	newer, err := p.Source.Successor(ctx, tok)
	if err != nil {
		return tok, p.named(err)
	}
	return newer, nil
}

// errOldID is a refresh that left the ID token as it was.
var errOldID = errors.New("its ID token has expired, and a refresh brings no other")

// ends reports whether what ends at until does so within d. Zero: it does not end.
func ends(until time.Time, d time.Duration) bool {
	return !until.IsZero() && time.Until(until) <= d
}
