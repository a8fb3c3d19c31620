package oauthtest

import (
	"net/http"
	"strings"

	"github.com/fobkit/fob"
)

// api answers any method and path under APIPath with a little JSON, once the token and the headers are right.
func (s *Server) api(o *Options, w http.ResponseWriter, r *http.Request) {
	if !hasHeaders(r, o.APIHeader) {
		reply(w, http.StatusForbidden, map[string]string{"message": "Forbidden"})
		return
	}
	e := s.bearer(o, w, r)
	if e == nil {
		return
	}
	if id, ok := credentialID(o, r); ok {
		reply(w, http.StatusOK, credential(id))
		return
	}
	reply(w, http.StatusOK, map[string]any{"method": r.Method, "path": r.URL.Path, "client": e.client})
}

// Protect lets through to next what carries a valid token, and answers 401 to the rest.
func (s *Server) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.log.count(func(c *Counts) { c.API++ })
		if s.bearer(s.opts.Load(), w, r) != nil {
			next.ServeHTTP(w, r)
		}
	})
}

// bearer returns the request's token, or answers 401 and returns nil. A request without a token is told nothing but the scheme (RFC 6750 §3.1).
func (s *Server) bearer(o *Options, w http.ResponseWriter, r *http.Request) *entry {
	scheme, access, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	ok = ok && strings.EqualFold(scheme, "Bearer")
	if ok {
		if e := s.tokens.lookup(fob.Secret(access), o.Lag); e != nil {
			return e
		}
	}
	s.log.count(func(c *Counts) { c.Unauthorized++ })
	challenge := `Bearer realm="oauthtest"`
	if ok {
		challenge = `Bearer realm="oauthtest", error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	reply(w, http.StatusUnauthorized, map[string]string{"message": "unauthorized"})
	return nil
}

// credentialID matches ConductorOne's GET …/v1/apps/{app_id}/connectors/{connector_id}/credentials/{id}.
func credentialID(o *Options, r *http.Request) (string, bool) {
	rest, ok := strings.CutPrefix(r.URL.Path, o.APIPath+"v1/apps/")
	p := strings.Split(rest, "/")
	if !ok || r.Method != http.MethodGet || len(p) != 5 || p[1] != "connectors" || p[3] != "credentials" {
		return "", false
	}
	return p[4], true
}

// credential is an answer that no log may show.
func credential(id string) any {
	return map[string]any{
		"clientSecret": "secret-token:conductorone.com:v1:" + Canary,
		"credential":   map[string]string{"id": id, "displayName": "connector"},
	}
}
