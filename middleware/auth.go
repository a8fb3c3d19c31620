package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/retry"
	"github.com/fobkit/fob/internal/route"
)

// Auth sends Source's token with each request to its hosts, as RFC 6750 §2.1 has it. On a 401 it drops the refused token and, if the
// request's body can be had again (GetBody), sends the request once more with a new one; otherwise the caller gets the
// 401 and the next request has the new token. Any other status is the caller's, and so is a 401 whose challenge says that
// another token of the same kind would fare no better (insufficient_scope and the like; see Challenges).
//
// A token that was issued a moment ago may not have reached the server that refuses it: it is sent once more as it is, after a
// quarter of a second, and dropped if it is refused again.
//
// A request that carries an Authorization header of its own passes untouched. One to another host passes without credentials;
// and once a chain of redirects has left the hosts, none are sent for the rest of it, no cookies either. A request whose URL
// has an Opaque part is for no host: what it says there goes to the server in the place of the path.
type Auth struct {
	// Source gives the token. If it is also an Invalidator, as fob.CachedSource is, a refused token is replaced.
	Source fob.Source

	// Hosts are the origins that may get credentials: "api.example.com" (https, port 443), "*.example.com:8443" (one whole
	// label), "api.example.com/v1" (what lies below), "http://127.0.0.1:8080" (loopback only). Without any, Wrap fails.
	Hosts []string

	// AnyHost sends the token wherever a request goes, by https or to loopback. Only for clients that never follow a link.
	AnyHost bool

	// Header is sent beside the token, to the same hosts only: an API key, a tenant.
	Header http.Header

	// ForScopes gives the source for calls whose ctx is one of WithScopes. Nil: such a call is a *TokenError.
	ForScopes func(scopes []string) (fob.Source, error)
}

func (Auth) place() place { return authorizes }

// Invalidator is a Source that can be told that a token was refused. It must ignore a token that is no longer current.
type Invalidator interface {
	Invalidate(ctx context.Context, used fob.Token) error
}

var _ Invalidator = (*fob.CachedSource)(nil)

// TokenError is returned for a request that could not be sent since there was no token for it.
type TokenError struct {
	Host string
	Err  error
}

func (e *TokenError) Error() string { return fmt.Sprintf("token for %s: %v", e.Host, e.Err) }
func (e *TokenError) Unwrap() error { return e.Err }

var (
	errNoSource = errors.New("middleware.Auth: no Source")
	errNoHosts  = errors.New("middleware.Auth: no Hosts: name the origins that may get the token, or set AnyHost")
)

// Wrap fails if a has no Source or no hosts, or if a host is malformed.
func (a Auth) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	if a.Source == nil {
		return nil, errNoSource
	}
	if len(a.Hosts) == 0 && !a.AnyHost {
		return nil, errNoHosts
	}
	t := &auth{next: next, source: a.Source, forScopes: a.ForScopes, any: a.AnyHost, header: a.Header.Clone()}
	for _, h := range a.Hosts {
		p, err := route.ParsePattern(h)
		if err != nil {
			return nil, fmt.Errorf("middleware.Auth: host %q: %w", h, err)
		}
		t.hosts = append(t.hosts, p)
	}
	t.verdicts = newRegistry(t.judge)
	return t, nil
}

type auth struct {
	next      http.RoundTripper
	source    fob.Source
	forScopes func([]string) (fob.Source, error)
	hosts     []route.Pattern
	any       bool
	header    http.Header

	verdicts *registry[verdict]
	written  atomic.Pointer[authorization] // the last token's
}

// authorization is a token as a header has it.
type authorization struct {
	access fob.Secret
	scheme string
	value  []string // nil: no header may have it
}

func (a *auth) RoundTrip(req *http.Request) (*http.Response, error) { return a.roundTrip(req, nil) }

// roundTrip sends req with its body watched, if it is: the copy that carries the token has room for that.
func (a *auth) roundTrip(req *http.Request, body *watchedBody) (*http.Response, error) {
	if !a.allowed(req) {
		return a.next.RoundTrip(a.stripped(withBody(req, body)))
	}
	if own := req.Header["Authorization"]; len(own) > 0 && own[0] != "" {
		return a.next.RoundTrip(withBody(req, body)) // the caller knows better
	}
	src, tok, err := a.token(req.Context())
	if err != nil {
		closeBody(req)
		return nil, &TokenError{Host: req.URL.Host, Err: err}
	}
	resp, err := a.send(req, body.or(req.Body), tok)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	return a.refused(req, resp, src, tok)
}

// CloseIdleConnections closes those of the RoundTripper underneath.
func (a *auth) CloseIdleConnections() { closeIdle(a.next) }

var (
	errNoScopes   = errors.New("the call asks for scopes, and Auth has no ForScopes")
	errUnsendable = errors.New("it has characters, or is of a type, that no header may have")
)

func (a *auth) token(ctx context.Context) (src fob.Source, tok fob.Token, err error) {
	src = a.source
	if c := callOf(ctx); c != nil {
		ctx = bare(ctx)
		switch {
		case c.scopes == nil:
		case a.forScopes == nil:
			return nil, fob.Token{}, errNoScopes
		default:
			if src, err = a.forScopes(c.scopes); err != nil {
				return nil, fob.Token{}, err
			}
		}
	}
	if tok, err = src.Token(ctx); err == nil && a.authorization(tok) == nil {
		err = errUnsendable
	}
	return src, tok, err
}

// send sends a copy of req that carries tok. The response points at req itself: whoever logs resp.Request logs no token.
func (a *auth) send(req *http.Request, body io.ReadCloser, tok fob.Token) (*http.Response, error) {
	header := filled(req.Header, a.header)
	header["Authorization"] = a.authorization(tok)
	out := withHeader(req, header)
	out.Body = body
	resp, err := a.next.RoundTrip(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// authorization is tok as a header's values. They are written once a token: most requests carry that of the last.
func (a *auth) authorization(tok fob.Token) []string {
	last := a.written.Load()
	if last == nil || last.access != tok.Access || last.scheme != tok.Type {
		last = &authorization{access: tok.Access, scheme: tok.Type}
		scheme, ok := tok.Scheme()
		if value := scheme + " " + string(tok.Access); ok && !hasControl(value) {
			last.value = []string{value}
		}
		a.written.Store(last)
	}
	return last.value
}

// withHeader is a copy of req with another header. The rest is shared, and never written to.
func withHeader(req *http.Request, header http.Header) *http.Request {
	out := req.WithContext(req.Context())
	out.Header = header
	return out
}

// refused is the way of a request whose token resp refuses: it is sent once more, or resp stays the answer.
func (a *auth) refused(req *http.Request, resp *http.Response, src fob.Source, used fob.Token) (*http.Response, error) {
	inv, ok := src.(Invalidator)
	if !ok || !blamesToken(resp.Header) {
		return resp, nil
	}
	ctx := bare(req.Context())
	if !mayReplay(req) {
		inv.Invalidate(ctx, used) // for the next request
		return resp, nil
	}
	if isYoung(used) && isCurrent(ctx, src, used) && pause(ctx, youngPause) {
		var err error
		if resp, err = a.replay(req, resp, used); err != nil || resp.StatusCode != http.StatusUnauthorized {
			return resp, err
		}
	}
	if err := inv.Invalidate(ctx, used); err != nil {
		return resp, nil
	}
	if tok, err := src.Token(ctx); err == nil && tok.Access != used.Access {
		return a.replay(req, resp, tok)
	}
	return resp, nil
}

// replay sends req once more in the place of resp, which stays the answer if the body cannot be had again after all.
func (a *auth) replay(req *http.Request, resp *http.Response, tok fob.Token) (*http.Response, error) {
	body, ok := rewind(req)
	if !ok {
		return resp, nil
	}
	retry.Drain(resp)
	return a.send(req.WithContext(replayed(req.Context())), body, tok)
}

// otherwise are error codes of a 401 that another token would meet as well (RFC 6750 §3.1, RFC 9449 §8, RFC 9470 §3).
var otherwise = []string{"insufficient_scope", "insufficient_user_authentication", "insufficient_claims", "use_dpop_nonce"}

// blamesToken reports whether the challenges of a 401 leave it open that a new token helps.
func blamesToken(h http.Header) bool {
	for _, c := range Challenges(h) {
		if slices.Contains(otherwise, c.Params["error"]) {
			return false
		}
	}
	return true
}

// mayReplay reports whether req can be sent once more and its caller has nothing against it. A call is replayed once, however many
// Auths it passes.
func mayReplay(req *http.Request) bool {
	if c := callOf(req.Context()); c != nil && (c.noReplay || c.replayed) {
		return false
	}
	return rewindable(req)
}

func isCurrent(ctx context.Context, src fob.Source, used fob.Token) bool {
	tok, err := src.Token(ctx)
	return err == nil && tok.Access == used.Access
}

// How young a token must be for a refusal to be forgiven, and how long a server may take to hear of it.
const (
	maxYoung   = time.Second
	youngPause = 250 * time.Millisecond
)

func isYoung(tok fob.Token) bool {
	grace := maxYoung
	if life := tok.Life(); life > 0 {
		grace = min(grace, life/10)
	}
	return !tok.Issued.IsZero() && time.Since(tok.Issued) < grace
}

// pause waits, and reports whether ctx lasted.
func pause(ctx context.Context, d time.Duration) bool {
	if retry.Outlasts(ctx, d) {
		return false
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// allowed reports whether req may carry credentials: it and every request whose redirects led to it go to a's hosts. One that came from
// nobody knows where may not.
func (a *auth) allowed(req *http.Request) bool {
	for a.ours(req) {
		if req.Response == nil {
			return true
		}
		if req = req.Response.Request; req == nil {
			return false
		}
	}
	return false
}

func (a *auth) ours(req *http.Request) bool {
	if req.URL.Opaque != "" {
		return false
	}
	v := a.verdicts.of(req.URL)
	if v.ours || len(v.paths) == 0 {
		return v.ours
	}
	target, err := route.ParseTarget(req.URL.Scheme, req.URL.Host, req.URL.EscapedPath())
	return err == nil && matches(v.paths, target)
}

// verdict is what Hosts say of an origin.
type verdict struct {
	ours  bool            // wherever the path leads
	paths []route.Pattern // elsewhere: those that it has to match, path included
}

// judge is what a's hosts say of o. It is asked once, and remembered.
func (a *auth) judge(o origin) *verdict {
	target, err := route.ParseTarget(o.scheme, o.host, "")
	if err != nil {
		return new(verdict)
	}
	v := &verdict{ours: a.any && (target.Scheme == "https" || route.Loopback(target.Host))}
	for _, p := range a.hosts {
		root := p
		root.Path = ""
		switch {
		case !root.Match(target):
		case p.Path == "":
			v.ours = true
		default:
			v.paths = append(v.paths, p)
		}
	}
	return v
}

func matches(patterns []route.Pattern, t route.Target) bool {
	for _, p := range patterns {
		if p.Match(t) {
			return true
		}
	}
	return false
}

// left reports whether one of the redirects that led to req came from a's hosts, or from where nobody knows.
func (a *auth) left(req *http.Request) bool {
	for r := req; r.Response != nil; r = r.Response.Request {
		if from := r.Response.Request; from == nil || a.ours(from) {
			return true
		}
	}
	return false
}

// stripped is req without what a redirect carried over from a request to a's hosts. net/http itself compares host names alone,
// and so hands a caller's Authorization and Cookie to another port. That costs the jar's own cookies for such a hop:
// they look no different.
func (a *auth) stripped(req *http.Request) *http.Request {
	if !a.left(req) {
		return req
	}
	out := withHeader(req, maps.Clone(req.Header))
	for _, name := range []string{"Authorization", "Dpop", "Cookie"} {
		out.Header.Del(name)
	}
	for name := range a.header {
		out.Header.Del(name)
	}
	return out
}
