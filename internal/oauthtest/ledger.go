package oauthtest

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/fobkit/fob"
)

// ledger holds every token ever issued.
type ledger struct {
	mu        sync.Mutex
	access    map[string]*entry
	refresh   map[string]*entry
	presented map[[2]string]bool // client and jti of every assertion seen
}

// family is what one authorization led to: it lives and dies as a whole.
type family struct {
	client string
	scopes []string
	dead   bool
}

type entry struct {
	*family
	scopes          []string
	issued, expires time.Time // expires zero: never
	spent           bool      // revoked, or a refresh token that was used up
}

func (e *entry) alive(now time.Time) bool {
	return e != nil && !e.dead && !e.spent && (e.expires.IsZero() || now.Before(e.expires))
}

// Issue makes a token for a client without a token request, as though a person had logged in. It has a refresh token if the Options
// say that there are any.
func (s *Server) Issue(client string, scopes ...string) fob.Token {
	s.log.count(func(c *Counts) { c.Issued++ })
	return s.tokens.issue(s.opts.Load(), &family{client: client, scopes: scopes}, scopes, true)
}

// Valid reports whether the API would take this access token now.
func (s *Server) Valid(access fob.Secret) bool {
	return s.tokens.lookup(access, s.opts.Load().Lag) != nil
}

// RevokeAll ends every access token behind everyone's back. Refresh tokens go on working.
func (s *Server) RevokeAll() {
	s.tokens.each(func(e *entry) { e.spent = true })
}

// RevokeFamilies ends every access token and every refresh token.
func (s *Server) RevokeFamilies() {
	s.tokens.each(func(e *entry) { e.dead = true })
}

func (l *ledger) each(f func(*entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.access {
		f(e)
	}
}

func (l *ledger) issue(o *Options, fam *family, scopes []string, refresh bool) fob.Token {
	tok := fob.Token{Access: o.secret("access"), Type: "Bearer", Issued: time.Now(), Scopes: scopes}
	if o.Life > 0 {
		tok.Expiry = tok.Issued.Add(o.Life)
	}
	if refresh && o.Refresh != NoRefresh {
		tok.Refresh = o.secret("refresh")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enter(o, fam, tok)
	return tok
}

// enter is called with the mutex held.
func (l *ledger) enter(o *Options, fam *family, tok fob.Token) {
	if l.access == nil {
		l.access, l.refresh = map[string]*entry{}, map[string]*entry{}
	}
	l.access[string(tok.Access)] = &entry{family: fam, scopes: tok.Scopes, issued: tok.Issued, expires: tok.Expiry}
	if tok.Refresh == "" {
		return
	}
	e := &entry{family: fam, issued: tok.Issued}
	if o.RefreshLife != 0 {
		e.expires = tok.Issued.Add(o.RefreshLife)
	}
	l.refresh[string(tok.Refresh)] = e
}

// refreshed answers a refresh token grant; c is nil where the server asks for no client.
func (l *ledger) refreshed(o *Options, c *Client, refresh string, scopes []string) (fob.Token, error) {
	fam, err := l.redeem(o, c, refresh, scopes)
	if err != nil {
		return fob.Token{}, err
	}
	if len(scopes) == 0 {
		scopes = fam.scopes // RFC 6749 §6: none asked for are all of them
	}
	return l.issue(o, fam, scopes, o.Refresh == Rotated), nil
}

// redeem uses up a refresh token if it is good for what is asked, and not otherwise.
func (l *ledger) redeem(o *Options, c *Client, refresh string, scopes []string) (*family, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.refresh[refresh]
	switch {
	case e == nil || c != nil && e.client != c.ID:
		return nil, invalidGrant("unknown refresh token")
	case e.spent: // someone else has it too (RFC 9700 §4.14.2)
		e.dead = true
		return nil, invalidGrant("refresh token used before")
	case !e.alive(time.Now()):
		return nil, invalidGrant("refresh token expired or revoked")
	case !within(scopes, e.family.scopes):
		return nil, invalidScope()
	}
	e.spent = o.Refresh == Rotated
	return e.family, nil
}

// lookup returns a live access token that is at least lag old, or nil.
func (l *ledger) lookup(access fob.Secret, lag time.Duration) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if e := l.access[string(access)]; e.alive(now) && now.Sub(e.issued) >= lag {
		return e
	}
	return nil
}

// first reports whether a client's assertion id has not been seen before.
func (l *ledger) first(client, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.presented == nil {
		l.presented = map[[2]string]bool{}
	}
	seen := l.presented[[2]string{client, id}]
	l.presented[[2]string{client, id}] = true
	return !seen
}

func (o *Options) secret(kind string) fob.Secret {
	if o.Token != nil {
		return fob.Secret(o.Token(kind))
	}
	return fob.Secret(kind + "-" + Canary + "-" + rand.Text())
}
