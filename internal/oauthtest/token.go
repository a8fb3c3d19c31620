package oauthtest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fobkit/fob"
)

// token is the token endpoint.
func (s *Server) token(o *Options, w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	tok, err := s.mint(o, r)
	if err != nil {
		s.log.count(func(c *Counts) { c.Refused++ })
		if o.Polite {
			o.tell(w, map[string]any{"error": refusalOf(err).Code, "error_description": refusalOf(err).Description})
			return
		}
		refuse(w, err)
		return
	}
	s.log.count(func(c *Counts) { c.Issued++ })
	o.tell(w, o.members(tok))
}

// tell answers with members, in this server's way.
func (o *Options) tell(w http.ResponseWriter, members map[string]any) {
	if o.FormReply {
		replyForm(w, members)
	} else {
		reply(w, http.StatusOK, members)
	}
}

func (s *Server) mint(o *Options, r *http.Request) (fob.Token, error) {
	form, err := parse(o, r)
	if err != nil {
		return fob.Token{}, err
	}
	if err := o.demand(r, form); err != nil {
		return fob.Token{}, err
	}
	grant := form.Get("grant_type")
	if grant == "refresh_token" && o.AnonymousRefresh && anonymous(r, form) {
		return s.tokens.refreshed(o, nil, form.Get("refresh_token"), strings.Fields(form.Get("scope")))
	}
	if unnamed(r, form) {
		return s.federated(o, nil, grant, form)
	}
	c, err := s.authenticate(o, r, form)
	if err != nil {
		return fob.Token{}, err
	}
	return s.mintFor(o, r, c, grant, form)
}

var grants = []string{"client_credentials", "refresh_token", exchangeGrant, bearerGrant, codeGrant, deviceGrant}

func (s *Server) mintFor(o *Options, r *http.Request, c *Client, grant string, form url.Values) (fob.Token, error) {
	scopes := strings.Fields(form.Get("scope"))
	switch {
	case grant == "":
		return fob.Token{}, invalidRequest("grant_type missing")
	case !slices.Contains(grants, grant):
		return fob.Token{}, &refusal{http.StatusBadRequest, "unsupported_grant_type", ""}
	case c.Grants != nil && !slices.Contains(c.Grants, grant):
		return fob.Token{}, &refusal{http.StatusBadRequest, "unauthorized_client", ""}
	case grant == "refresh_token":
		tok, err := s.tokens.refreshed(o, c, form.Get("refresh_token"), scopes)
		if err != nil || o.Person.IDOnce {
			return tok, err
		}
		return s.withID(o, r, tok, c.ID, ""), nil
	case grant == codeGrant || grant == deviceGrant:
		return s.loggedIn(o, r, c, grant, form)
	case grant == exchangeGrant || grant == bearerGrant:
		return s.federated(o, c, grant, form)
	case c.Scopes != nil && !within(scopes, c.Scopes):
		return fob.Token{}, invalidScope()
	}
	return s.tokens.issue(o, &family{client: c.ID, scopes: scopes}, scopes, o.RefreshForClient), nil
}

// loggedIn is the token that a person's login brings.
func (s *Server) loggedIn(o *Options, r *http.Request, c *Client, grant string, form url.Values) (tok fob.Token, err error) {
	nonce := ""
	if grant == codeGrant {
		tok, nonce, err = s.redeemCode(o, c, form)
	} else {
		tok, err = s.redeemDevice(o, c, form)
	}
	if err != nil {
		return fob.Token{}, err
	}
	return s.withID(o, r, tok, c.ID, nonce), nil
}

// members is the token answer (RFC 6749 §5.1).
func (o *Options) members(tok fob.Token) map[string]any {
	m := map[string]any{"access_token": string(tok.Access), "token_type": tok.Type}
	if tok.Refresh != "" {
		m["refresh_token"] = string(tok.Refresh)
	}
	if tok.ID != "" {
		m["id_token"] = string(tok.ID)
	}
	if len(tok.Scopes) > 0 {
		m["scope"] = strings.Join(tok.Scopes, " ")
	}
	if life := tok.Life(); life > 0 {
		m["expires_in"] = o.ExpiresIn(life)
	}
	if m["expires_in"] == nil {
		delete(m, "expires_in")
	}
	for name, value := range tok.Extra {
		m[name] = strings.Trim(string(value), `"`)
	}
	for name, value := range o.Members {
		m[name] = value
	}
	return m
}

func replyForm(w http.ResponseWriter, members map[string]any) {
	form := url.Values{}
	for name, value := range members {
		if value != nil {
			form.Set(name, fmt.Sprint(value))
		}
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, form.Encode())
}

// within reports whether every scope asked for is one of those allowed.
func within(asked, allowed []string) bool {
	return !slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(allowed, s) })
}

func invalidScope() error { return &refusal{http.StatusBadRequest, "invalid_scope", ""} }
