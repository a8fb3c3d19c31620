package oauthtest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/fobkit/fob"
)

// authorize is the authorization endpoint (RFC 6749 §3.1), and the person before it, who decides at once.
func (s *Server) authorize(o *Options, w http.ResponseWriter, r *http.Request) {
	q, asked, err := s.asked(o, r.URL.Query())
	if err != nil {
		refuse(w, err) // to the person: there is nowhere to redirect to
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if o.Person.Error != "" {
		answer.Set("error", o.Person.Error)
		answer.Set("error_description", "The person said <no>.\x1b[31m")
	} else {
		c := code("code")
		s.logins.mu.Lock()
		s.logins.codes = put(s.logins.codes, c, asked)
		s.logins.mu.Unlock()
		answer.Set("code", c)
	}
	switch o.Person.Iss {
	case "":
		answer.Set("iss", issuer(o, r))
	case "-":
	default:
		answer.Set("iss", o.Person.Iss)
	}
	lead := asked.redirect
	if o.Person.Redirect != nil {
		lead = o.Person.Redirect(lead)
	}
	http.Redirect(w, r, lead+"?"+answer.Encode(), http.StatusFound)
}

// asked is what a request wants, of its own or pushed before.
func (s *Server) asked(o *Options, q url.Values) (url.Values, *request, error) {
	if uri := q.Get("request_uri"); uri != "" {
		s.logins.mu.Lock()
		defer s.logins.mu.Unlock()
		asked := s.logins.pushed[uri]
		delete(s.logins.pushed, uri)
		if asked == nil || asked.client != q.Get("client_id") || len(q) != 2 {
			return nil, nil, invalidRequest("request_uri")
		}
		return asked.params, asked, nil
	}
	if o.Person.PushOnly {
		return nil, nil, invalidRequest("pushed requests only")
	}
	asked, err := o.request(q)
	return q, asked, err
}

// request checks what a client wants of a person: PKCE is a must, and the redirect is to loopback.
func (o *Options) request(q url.Values) (*request, error) {
	redirect, err := url.Parse(q.Get("redirect_uri"))
	switch c := o.client(q.Get("client_id")); {
	case c == nil:
		return nil, invalidClient("unknown client")
	case err != nil, redirect.Scheme != "http", !strings.Contains("127.0.0.1 ::1 localhost", redirect.Hostname()), redirect.Port() == "":
		return nil, invalidRequest("redirect_uri")
	case q.Get("response_type") != "code", q.Get("state") == "", q.Get("code_challenge_method") != "S256", len(q.Get("code_challenge")) != 43:
		return nil, invalidRequest("response_type, state or PKCE")
	}
	for name, values := range q {
		if len(values) > 1 && name != "resource" && name != "audience" {
			return nil, invalidRequest("parameter repeated")
		}
	}
	return &request{
		client: q.Get("client_id"), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"),
		scopes: strings.Fields(q.Get("scope")), params: q,
	}, nil
}

// push takes an authorization request directly from the client (RFC 9126).
func (s *Server) push(o *Options, w http.ResponseWriter, r *http.Request) {
	asked, err := s.pushed(o, r)
	if err != nil {
		refuse(w, err)
		return
	}
	uri := "urn:ietf:params:oauth:request_uri:" + code("par")
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	s.logins.pushed = put(s.logins.pushed, uri, asked)
	reply(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": 60})
}

func (s *Server) pushed(o *Options, r *http.Request) (*request, error) {
	form, err := parse(o, r)
	if err != nil {
		return nil, err
	}
	if _, err := s.authenticate(o, r, form); err != nil {
		return nil, err
	}
	return o.request(form)
}

// redeemCode answers the grant authorization_code. A code that comes twice ends what came of it (RFC 6749 §4.1.2).
func (s *Server) redeemCode(o *Options, c *Client, form url.Values) (fob.Token, string, error) {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	asked := s.logins.codes[form.Get("code")]
	challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case asked == nil || asked.client != c.ID:
		return fob.Token{}, "", invalidGrant("unknown code")
	case asked.family != nil:
		asked.family.dead = true
		return fob.Token{}, "", invalidGrant("code used before")
	case asked.redirect != form.Get("redirect_uri"):
		return fob.Token{}, "", invalidGrant("another redirect_uri")
	case asked.challenge != base64.RawURLEncoding.EncodeToString(challenge[:]):
		return fob.Token{}, "", invalidGrant("code_verifier")
	}
	asked.family = &family{client: c.ID, scopes: asked.scopes}
	return s.tokens.issue(o, asked.family, asked.scopes, true), asked.nonce, nil
}
