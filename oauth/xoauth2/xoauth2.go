// Package xoauth2 joins this module and golang.org/x/oauth2: code that takes an oauth2.TokenSource can draw from a fob.Source, and
// the other way round.
//
//	client := oauth2.NewClient(ctx, xoauth2.TokenSource(ctx, source)) // tokens of ours, their transport
//	auth := middleware.Auth{Source: xoauth2.Source(ts), Hosts: hosts} // tokens of theirs, our transport
//
// Each way loses something, as its function says. It is a package of its own so that nobody else links x/oauth2.
package xoauth2

import (
	"context"
	"encoding/json"

	"golang.org/x/oauth2"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/flight"
)

// TokenSource is src for code that knows x/oauth2. What is lost:
//
//   - The ctx of each call: x/oauth2 has none, so ctx bounds them all. A request that is cancelled goes on waiting for its token.
//   - The answer to a 401: nobody tells src that a token was refused. oauth2.Transport also sends a token to whatever host
//     a redirect leads to.
//   - The refresh token: it stays with src, since two who use the same one end a login.
//
// x/oauth2 takes a token for expired ten seconds early, and asks again then. src has its successor ready by that time, unless its
// tokens live for less than a minute; they are handed out as long as they are valid, and none is minted for asking.
//
// The ID token and what else the server said are the token's Extra.
func TokenSource(ctx context.Context, src fob.Source) oauth2.TokenSource {
	return tokenSource{ctx, src}
}

type tokenSource struct {
	ctx context.Context // stored, for oauth2.TokenSource leaves no other way
	src fob.Source
}

func (s tokenSource) Token() (*oauth2.Token, error) {
	tok, err := s.src.Token(s.ctx)
	if err != nil {
		return nil, err
	}
	theirs := &oauth2.Token{AccessToken: string(tok.Access), TokenType: tok.Type, Expiry: tok.Expiry}
	return theirs.WithExtra(extra(tok)), nil
}

func extra(tok fob.Token) map[string]any {
	all := make(map[string]any, len(tok.Extra)+1)
	for name, text := range tok.Extra {
		var value any
		if json.Unmarshal([]byte(text), &value) == nil {
			all[name] = value
		}
	}
	if tok.ID != "" {
		all["id_token"] = string(tok.ID)
	}
	return all
}

// Source is ts for this module. Callers share one call of ts at a time, and each waits for it on its own ctx. What is lost:
//
//   - A 401 is the caller's: ts cannot be told that its token was refused, so the Source is no middleware.Invalidator.
//   - ts decides when a token is replaced: oauth2.ReuseTokenSource does so ten seconds before its expiry, while callers wait.
//   - Nothing is stored, and nothing shared with other processes.
//
// None of these is lost where ts asks its server at each call: a fob.GrantFunc that calls the Source's Token is a Grant for a fob.Cache. (What
// oauth2.ReuseTokenSource made remembers, and gives a refused token again.) Errors are of type *Error, which tells the cache
// whether asking again may help.
func Source(ts oauth2.TokenSource) fob.Source { return &source{ts: ts} }

type source struct {
	ts     oauth2.TokenSource
	flight flight.Flight[*oauth2.Token]
}

func (s *source) Token(ctx context.Context) (fob.Token, error) {
	tok, err := s.flight.Do(ctx, func(context.Context) (*oauth2.Token, error) { return s.ask() })
	if err != nil {
		return fob.Token{}, err
	}
	id, _ := tok.Extra("id_token").(string)
	return fob.Token{Access: fob.Secret(tok.AccessToken), Type: tok.Type(), ID: fob.Secret(id), Expiry: tok.Expiry}, nil
}

func (s *source) ask() (*oauth2.Token, error) {
	tok, err := s.ts.Token()
	switch {
	case err != nil:
		return nil, newError(err)
	case tok == nil || tok.AccessToken == "":
		return nil, &Error{}
	}
	return tok, nil
}
