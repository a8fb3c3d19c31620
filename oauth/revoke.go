package oauth

import (
	"context"
	"net/url"

	"github.com/fobkit/fob"
)

// Revoke tells the server that tok is not needed any more (RFC 7009): first its refresh token, then its access token, the
// second even if the first fails. It returns the first error, or ErrNoRevocation where the server offers no such thing.
// A token that the server does not know counts as revoked (RFC 7009 §2.2).
func (c *Client) Revoke(ctx context.Context, tok fob.Token) error {
	endpoint, err := c.revocationURL(ctx)
	if err != nil {
		return err
	}
	var first error
	for _, t := range []struct {
		hint  string
		token fob.Secret
	}{{"refresh_token", tok.Refresh}, {"access_token", tok.Access}} {
		if t.token == "" {
			continue
		}
		if err := c.revoke(ctx, endpoint, t.hint, t.token); first == nil {
			first = err
		}
	}
	return first
}

func (c *Client) revoke(ctx context.Context, endpoint *url.URL, hint string, token fob.Secret) error {
	q := question{
		op:       "revocation",
		endpoint: endpoint,
		params:   url.Values{"token": {string(token)}, "token_type_hint": {hint}},
		auth:     c.auth(),
		encoding: Form, // RFC 7009 §2.1 knows no other
	}
	a, err := c.ask(ctx, q)
	if err != nil || a.status/100 == 2 {
		return err
	}
	m, parseErr := parseMembers(a.body, a.header.Get("Content-Type"))
	return a.refused(q, m, parseErr)
}

func (c *Client) revocationURL(ctx context.Context) (*url.URL, error) {
	raw := c.RevocationURL
	if raw == "" {
		m, err := c.known(ctx)
		if err != nil {
			return nil, err
		}
		raw = m.Revocation
	}
	if raw == "" {
		return nil, ErrNoRevocation
	}
	return parseURL("revocation endpoint", raw)
}
