// Package transport is the assembled drop-in: an http.RoundTripper that sends a token to the hosts that may have it, replaces it before it
// expires and when a server refuses it, and shares it with every other program and tool on the machine.
//
//	client, err := transport.Client("acme") // a profile of the configuration
//	resp, err := client.Get("https://api.acme.example/v1/me")
//
// New assembles the same chain from a Source of your own.
package transport

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/middleware"
)

// Config says what New assembles. The zero Config is a tuned transport without tokens.
type Config struct {
	// Base does the work underneath. Nil: a transport of New's own with the environment's proxy, as many idle connections a host as a
	// busy service needs, and pings that find dead HTTP/2 connections.
	Base http.RoundTripper

	// Source gives the token. Nil: requests go out as they are.
	Source fob.Source

	// Hosts, AnyHost and Header are those of middleware.Auth: where the token may go, and what goes there beside it.
	Hosts   []string
	AnyHost bool
	Header  http.Header
}

var errNoSource = errors.New("transport: hosts for a token, but no Source of one")

// New fails if c names hosts without a Source or a Source without hosts, or a host that is malformed.
func New(c Config) (http.RoundTripper, error) {
	base := c.Base
	if base == nil {
		base = newBase()
	}
	if c.Source == nil {
		if len(c.Hosts) > 0 || c.AnyHost {
			return nil, errNoSource
		}
		return base, nil
	}
	return middleware.Chain(base, middleware.Auth{Source: c.Source, Hosts: c.Hosts, AnyHost: c.AnyHost, Header: c.Header})
}

// Profile assembles the chain for a profile of the user's configuration: its tokens, to its hosts or else to the origin of its API. An
// empty name is the profile that FOB_PROFILE or default names. Tokens are shared, through the state directory, with fob,
// fob-helper and every other program of this user.
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

// newBase is http.DefaultTransport for services: more idle connections a host, and pings on HTTP/2.
func newBase() *http.Transport {
	t := session.DefaultTransport()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 64
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	return t
}
