// Package transport is the assembled drop-in: an http.RoundTripper that sends a token to the hosts that may have it, replaces it before it
// expires and when a server refuses it, shares it with every other program and tool on the machine, sends again what failed and
// may succeed, and leaves servers that fail alone.
//
//	client, err := transport.Client("acme") // a profile of the configuration
//	resp, err := client.Get("https://api.acme.example/v1/me")
//
// New assembles the same chain from a Source of your own, or without one:
//
//	rt, err := transport.New(transport.Config{})
//
// From the outside in it is log, deadline, retry, attempt timeout, breaker, auth, attempt log, base. Each attempt asks the cache again,
// so that a token that expires during a wait is replaced; an open circuit costs no token; and trouble with a token is not
// the API's fault.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/middleware"
)

// Config says what New assembles. The zero Config is a transport that retries, breaks circuits and needs no token.
type Config struct {
	// Base does the work underneath. Nil: a transport of New's own, with as many idle connections a host as a busy service needs, a minute
	// for headers to come, and pings that find dead HTTP/2 connections; the next three are for it alone.
	Base            http.RoundTripper
	Proxy           func(*http.Request) (*url.URL, error) // nil: the environment's
	RootCAs         *x509.CertPool                        // nil: the system's
	MaxConnsPerHost int                                   // zero: no bound

	// Source gives the token. Nil: requests go out as they are.
	Source fob.Source

	// Hosts, AnyHost, Header and ForScopes are those of middleware.Auth: where the token may go, what goes there beside it, and where
	// tokens for the scopes of a single call come from.
	Hosts     []string
	AnyHost   bool
	Header    http.Header
	ForScopes func(scopes []string) (fob.Source, error)

	Retry     middleware.Retry   // Max 1: each call is sent once
	Breaker   middleware.Breaker // for each origin, unless
	NoBreaker bool               // it is left out
	Timeout   middleware.Timeout // of each attempt. Zero: the base's own
	Deadline  time.Duration      // of a call with all its attempts. Zero: the caller's ctx alone

	Log       *slog.Logger // gets an event a call, and a debug event an attempt. Nil: nothing is logged
	UserAgent string       // of requests that name none. Empty: net/http's
}

var (
	errNoSource = errors.New("transport: hosts for a token, but no Source of one")
	errTwoBases = errors.New("transport: Proxy, RootCAs and MaxConnsPerHost are for New's own Base")
)

// New fails if c names hosts without a Source or a Source without hosts, a host that is malformed, or both a Base and settings for New's own.
func New(c Config) (http.RoundTripper, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	if c.Source == nil && (len(c.Hosts) > 0 || c.AnyHost) {
		return nil, errNoSource
	}
	return middleware.Chain(base, c.chain()...)
}

// chain is what c asks for, outermost first.
func (c Config) chain() (mw []middleware.Middleware) {
	add := func(wanted bool, m middleware.Middleware) {
		if wanted {
			mw = append(mw, m)
		}
	}
	add(c.Log != nil, middleware.Log{Logger: c.Log})
	add(c.Deadline != 0, middleware.Deadline(c.Deadline))
	add(c.UserAgent != "", middleware.UserAgent(c.UserAgent))
	add(c.Retry.Max != 1, c.Retry)
	add(c.Timeout != middleware.Timeout{}, c.Timeout)
	add(!c.NoBreaker, c.Breaker)
	add(c.Source != nil, middleware.Auth{Source: c.Source, Hosts: c.Hosts, AnyHost: c.AnyHost, Header: c.Header, ForScopes: c.ForScopes})
	add(c.Log != nil, middleware.AttemptLog{Logger: c.Log, Level: slog.LevelDebug})
	return mw
}

func (c Config) base() (http.RoundTripper, error) {
	own := c.Proxy != nil || c.RootCAs != nil || c.MaxConnsPerHost != 0
	switch {
	case c.Base != nil && own:
		return nil, errTwoBases
	case c.Base != nil:
		return c.Base, nil
	}
	t := newBase()
	if c.Proxy != nil {
		t.Proxy = c.Proxy
	}
	if c.RootCAs != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: c.RootCAs}
	}
	t.MaxConnsPerHost = c.MaxConnsPerHost
	return t, nil
}

// Profile assembles the chain for a profile of the user's configuration: its tokens, to its hosts or else to the origin of its API. An
// empty name is the profile that FOB_PROFILE or default names. Tokens are shared, through the state directory, with fob,
// fob-helper and every other program of this user; those of a profile with a store, with all machines that have it.
func Profile(name string) (http.RoundTripper, error) {
	s, err := shared()
	if err != nil {
		return nil, err
	}
	return profile(context.Background(), s, name)
}

// Client is an http.Client over Profile.
func Client(name string) (*http.Client, error) {
	rt, err := Profile(name)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: rt}, nil
}

// Close waits until no token of a Profile is being minted, or returns ctx's error, and lets go of the stores that its tokens are shared in with other
// machines. It is the last thing that a program does; a token that is asked for after it opens the store anew.
func Close(ctx context.Context) error {
	sharedMu.Lock()
	s := sharedSession
	sharedMu.Unlock()
	if s == nil {
		return nil
	}
	return s.Close(ctx)
}

func profile(ctx context.Context, s *session.Session, name string) (http.RoundTripper, error) {
	p, err := s.Profile(name)
	if err != nil {
		return nil, err
	}
	header, err := p.APIHeaders(ctx)
	if err != nil {
		return nil, err
	}
	c := Config{Base: p.Base, Source: p.Source, Header: header}
	if t, ok := p.Base.(*http.Transport); ok { // which token requests use too
		c.Base = tuned(t.Clone())
	}
	for _, h := range p.Hosts {
		c.Hosts = append(c.Hosts, h.String())
	}
	return New(c)
}

var (
	sharedMu      sync.Mutex
	sharedSession *session.Session // the process's own; nil until it could be opened
)

// shared is one session for all profiles of the process, so that they share one cache.
func shared() (*session.Session, error) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if sharedSession != nil {
		return sharedSession, nil
	}
	s, err := session.Open(session.Options{Trace: fob.Trace{
		Warning: func(_ string, err error) { slog.Warn("fob: " + err.Error()) },
	}})
	sharedSession = s
	return s, err
}

func newBase() *http.Transport { return tuned(session.DefaultTransport()) }

// tuned makes t one for services: more idle connections a host, an end to waiting for headers, and pings on HTTP/2.
func tuned(t *http.Transport) *http.Transport {
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 64
	t.ResponseHeaderTimeout = time.Minute
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	return t
}
