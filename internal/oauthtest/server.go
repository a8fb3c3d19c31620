// Package oauthtest is an OAuth 2.0 authorization server and an API that its tokens open, for tests and demonstrations.
// It keeps everything in memory, listens on loopback and can be told to misbehave in any way seen in the wild.
//
//	srv, err := oauthtest.Start(oauthtest.Options{Clients: []oauthtest.Client{{ID: "c", Secret: "s"}}})
//	defer srv.Close()
//	srv.Fault(oauthtest.Fault{Commit: true, Cut: true}) // the next token is issued, its answer is lost
//	resp, err := srv.Client().PostForm(srv.TokenURL(), form)
//
// It is strict where the systems it plays are strict, so that a request it takes is one they would take.
// [OIDC], [ConductorOne], [TokenOS], [AndOpen], [Blynk] and [GitHub] are the Options that make it one of them.
package oauthtest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Canary is part of every secret that a Server makes up. What must not show secrets must not show it.
const Canary = "fob-canary-7f3a9c"

// Server is an authorization server and a protected API. Its methods may be called by several goroutines.
type Server struct {
	URL      string // base of the https side, such as "https://127.0.0.1:4433"; empty for a Handler
	PlainURL string // base of the http side; empty for a Handler

	opts   atomic.Pointer[Options]
	tokens ledger
	logins logins
	keys   idKeys
	faults faults
	log    journal
	net    network
}

// Handler returns a Server that listens nowhere: it is the http.Handler of somebody else's server.
func Handler(o Options) *Server {
	s := &Server{}
	s.opts.Store(o.withDefaults())
	s.faults.release = make(chan struct{})
	return s
}

// TokenURL is the token endpoint, on the https side.
func (s *Server) TokenURL() string { return s.URL + s.opts.Load().TokenPath }

// APIURL is the root of the protected API, on the https side, without a slash at its end.
func (s *Server) APIURL() string { return s.URL + strings.TrimSuffix(s.opts.Load().APIPath, "/") }

// ServeHTTP records the request, then answers it as the faults and the Options demand.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o := s.opts.Load()
	if !s.log.arrive(o, w, r) {
		return
	}
	if f, ok := s.faults.take(o, r.URL.Path); ok {
		s.suffer(f, o, w, r)
		return
	}
	s.answer(o, w, r)
}

// answer is what the server does while nothing ails it.
func (s *Server) answer(o *Options, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", time.Now().Add(o.Ahead).UTC().Format(http.TimeFormat))
	switch path := r.URL.Path; {
	case path == o.TokenPath:
		s.token(o, w, r)
	case path == revokePath && !o.Bare:
		s.revoke(o, w, r)
	case path == introspectPath && !o.Bare:
		s.introspect(o, w, r)
	case path == authorizePath && !o.Bare:
		s.authorize(o, w, r)
	case path == pushPath && (o.Person.Push || o.Person.PushOnly):
		s.push(o, w, r)
	case path == devicePath && !o.Bare:
		s.authorizeDevice(o, w, r)
	case path == keysPath && !o.Bare:
		s.serveKeys(w)
	case isMetadata(o, path) && !o.Bare:
		serveMetadata(o, w, r)
	case strings.HasPrefix(path, o.APIPath):
		s.api(o, w, r)
	default:
		http.NotFound(w, r)
	}
}

// base is the URL under which r reached us, whoever listens.
func base(r *http.Request) string {
	if r.TLS == nil {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}
