package oauthtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/fobkit/fob"
)

const (
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693
	bearerGrant   = "urn:ietf:params:oauth:grant-type:jwt-bearer"     // RFC 7523 §2.1
	tokenTypes    = "urn:ietf:params:oauth:token-type:"
)

// federated answers a grant in which somebody else vouches for the subject. c is nil where the request names no client.
func (s *Server) federated(o *Options, c *Client, grant string, form url.Values) (fob.Token, error) {
	token := form.Get("assertion")
	if grant == exchangeGrant {
		token = form.Get("subject_token")
	}
	subject := s.subject(o, fob.Secret(token))
	switch {
	case subject == "":
		return fob.Token{}, invalidGrant("nobody we know vouches for that")
	case grant == exchangeGrant && !typed(form, "subject"), form.Has("actor_token") != form.Has("actor_token_type"):
		return fob.Token{}, invalidRequest("token type") // RFC 8693 §2.1
	case form.Has("actor_token") && s.subject(o, fob.Secret(form.Get("actor_token"))) == "":
		return fob.Token{}, invalidGrant("nobody we know vouches for the actor")
	}
	scopes := strings.Fields(form.Get("scope"))
	if c != nil && c.Scopes != nil && !within(scopes, c.Scopes) {
		return fob.Token{}, invalidScope()
	}
	tok := s.tokens.issue(o, &family{client: subject, scopes: scopes}, scopes, true)
	if grant == exchangeGrant {
		issued, _ := json.Marshal(cmp.Or(form.Get("requested_token_type"), tokenTypes+"access_token"))
		tok.Extra = map[string]fob.Secret{"issued_token_type": fob.Secret(issued)}
	}
	return tok, nil
}

func typed(form url.Values, who string) bool {
	return strings.Contains(form.Get(who+"_token_type"), ":")
}

// subject is whom a token is about: one of the Options', or one that we have issued.
func (s *Server) subject(o *Options, token fob.Secret) string {
	if who, ok := o.Subjects[token]; ok {
		return who
	}
	return s.Whose(token)
}

// Whose is the client or subject of a live access token; empty: it is none of ours.
func (s *Server) Whose(access fob.Secret) string {
	e := s.tokens.lookup(access, 0)
	if e == nil {
		return ""
	}
	return e.client
}

// unnamed reports whether a request need not come from a client: whoever vouches for the subject is enough.
func unnamed(r *http.Request, form url.Values) bool {
	grant := form.Get("grant_type")
	return (grant == exchangeGrant || grant == bearerGrant) && anonymous(r, form)
}
