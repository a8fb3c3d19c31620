package oauthtest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	revokePath     = "/oauth2/revoke"
	introspectPath = "/oauth2/introspect"
)

// revoke is RFC 7009. A refresh token takes its whole family with it (§2.1); a token that nobody knows is revoked already (§2.2).
func (s *Server) revoke(o *Options, w http.ResponseWriter, r *http.Request) {
	form, c, err := s.caller(o, r)
	if err != nil {
		refuse(w, err)
		return
	}
	if !s.tokens.end(c, form.Get("token")) {
		refuse(w, &refusal{http.StatusBadRequest, "unauthorized_client", "somebody else's token"})
		return
	}
	w.WriteHeader(http.StatusOK)
}

// introspect is RFC 7662. Any client may ask about any token.
func (s *Server) introspect(o *Options, w http.ResponseWriter, r *http.Request) {
	form, _, err := s.caller(o, r)
	if err != nil {
		refuse(w, err)
		return
	}
	reply(w, http.StatusOK, s.tokens.describe(form.Get("token")))
}

// caller authenticates a request about a token.
func (s *Server) caller(o *Options, r *http.Request) (url.Values, *Client, error) {
	if r.Method != http.MethodPost {
		return nil, nil, invalidRequest("POST only")
	}
	form, err := parse(o, r)
	if err != nil {
		return nil, nil, err
	}
	if form.Get("token") == "" {
		return nil, nil, invalidRequest("token missing")
	}
	c, err := s.authenticate(o, r, form)
	return form, c, err
}

// end reports false if the token is not c's.
func (l *ledger) end(c *Client, token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	access, refresh := l.access[token], l.refresh[token]
	switch {
	case access != nil && access.client == c.ID:
		access.spent = true
	case refresh != nil && refresh.client == c.ID:
		refresh.dead = true
	default:
		return access == nil && refresh == nil
	}
	return true
}

func (l *ledger) describe(token string) map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, kind := l.access[token], "Bearer"
	if e == nil {
		e, kind = l.refresh[token], "refresh_token"
	}
	if !e.alive(time.Now()) {
		return map[string]any{"active": false}
	}
	m := map[string]any{"active": true, "client_id": e.client, "sub": e.client, "token_type": kind, "iat": e.issued.Unix()}
	if len(e.scopes) > 0 {
		m["scope"] = strings.Join(e.scopes, " ")
	}
	if !e.expires.IsZero() {
		m["exp"] = e.expires.Unix()
	}
	return m
}
