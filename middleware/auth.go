package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/retry"
	"github.com/fobkit/fob/internal/route"
)

// Auth sends Source's token with each request to its hosts, as RFC 6750 §2.1 has it. On a 401 it drops the refused token and, if the
// request's body can be had again (GetBody), sends the request once more with a new one; otherwise the caller gets the
// 401 and the next request has the new token. Any other status is the caller's.
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
}

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
	t := &auth{next: next, source: a.Source, any: a.AnyHost, header: a.Header.Clone()}
	t.invalidator, _ = a.Source.(Invalidator)
	for _, h := range a.Hosts {
		p, err := route.ParsePattern(h)
		if err != nil {
			return nil, fmt.Errorf("middleware.Auth: host %q: %w", h, err)
		}
		t.hosts = append(t.hosts, p)
	}
	return t, nil
}

type auth struct {
	next        http.RoundTripper
	source      fob.Source
	invalidator Invalidator // nil: the source cannot be told
	hosts       []route.Pattern
	any         bool
	header      http.Header
}

func (a *auth) RoundTrip(req *http.Request) (*http.Response, error) {
	if !a.allowed(req) {
		return a.next.RoundTrip(a.stripped(req))
	}
	if req.Header.Get("Authorization") != "" {
		return a.next.RoundTrip(req) // the caller knows better
	}
	tok, err := a.source.Token(req.Context())
	if err != nil {
		closeBody(req)
		return nil, &TokenError{Host: req.URL.Host, Err: err}
	}
	resp, err := a.send(req, req.Body, tok)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	return a.replay(req, resp, tok)
}

// CloseIdleConnections closes those of the RoundTripper underneath.
func (a *auth) CloseIdleConnections() { closeIdle(a.next) }

// send sends a copy of req that carries tok. The response points at req itself: whoever logs resp.Request logs no token.
func (a *auth) send(req *http.Request, body io.ReadCloser, tok fob.Token) (*http.Response, error) {
	header := make(http.Header, len(req.Header)+len(a.header)+1)
	maps.Copy(header, a.header)
	maps.Copy(header, req.Header)
	header["Authorization"] = []string{scheme(tok) + " " + string(tok.Access)}
	out := withHeader(req, header)
	out.Body = body
	resp, err := a.next.RoundTrip(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// scheme is the token's authentication scheme; a source that does not say means Bearer.
func scheme(tok fob.Token) string {
	if tok.Type == "" {
		return "Bearer"
	}
	return tok.Type
}

// withHeader is a copy of req with a header of its own. The rest is shared, and never written to.
func withHeader(req *http.Request, header http.Header) *http.Request {
	out := req.WithContext(req.Context())
	out.Header = header
	return out
}

// replay sends req once more with a new token, if one and the body can be had; else resp stays the answer.
func (a *auth) replay(req *http.Request, resp *http.Response, used fob.Token) (*http.Response, error) {
	if a.invalidator == nil || replayed(req.Context()) {
		return resp, nil
	}
	if err := a.invalidator.Invalidate(req.Context(), used); err != nil {
		return resp, nil
	}
	body, ok := rewind(req)
	if !ok {
		return resp, nil
	}
	tok, err := a.source.Token(req.Context())
	if err != nil || tok.Access == used.Access {
		if body != nil {
			body.Close()
		}
		return resp, nil
	}
	retry.Drain(resp)
	return a.send(req.WithContext(context.WithValue(req.Context(), replayKey{}, true)), body, tok)
}

// replayKey marks the ctx of a request that is sent for the second time, so that two Auths in one chain do not send it four times.
type replayKey struct{}

func replayed(ctx context.Context) bool { return ctx.Value(replayKey{}) != nil }

// allowed reports whether req may carry credentials: it and every request whose redirects led to it go to a's hosts.
func (a *auth) allowed(req *http.Request) bool {
	for r := req; ; r = r.Response.Request {
		if !a.ours(r) {
			return false
		}
		if r.Response == nil || r.Response.Request == nil {
			return true
		}
	}
}

func (a *auth) ours(req *http.Request) bool {
	if req.URL.Opaque != "" {
		return false
	}
	target, err := route.ParseTarget(req.URL.Scheme, req.URL.Host, req.URL.EscapedPath())
	if err != nil {
		return false
	}
	for _, p := range a.hosts {
		if p.Match(target) {
			return true
		}
	}
	return a.any && (target.Scheme == "https" || route.Loopback(target.Host))
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
