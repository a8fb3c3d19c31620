package fob

import "context"

// Source gives a token that can be used now. Consumers, middleware.Auth among them, ask for nothing else.
type Source interface {
	Token(ctx context.Context) (Token, error)
}

// Grant asks an authorization server for a token. last is the token it replaces: it carries the refresh token, and is
// zero if there was none. A Grant says by [Outcome] what its error means for the next caller.
type Grant interface {
	Mint(ctx context.Context, last Token) (Token, error)
}

// GrantFunc makes a Grant of a function.
type GrantFunc func(ctx context.Context, last Token) (Token, error)

// Mint calls f.
func (f GrantFunc) Mint(ctx context.Context, last Token) (Token, error) { return f(ctx, last) }

// Seeder is a Grant that can begin where a login made elsewhere left off: Seed returns a Token whose Refresh is that login's. A Cache asks
// once, when nothing at all is kept of the key, and keeps the answer before it is used: a refresh token that was used up
// or refused is not brought back by its Seeder.
type Seeder interface {
	Seed(ctx context.Context) (Token, error)
}
