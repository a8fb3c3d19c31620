package oauthtest

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"

	"github.com/fobkit/fob"
)

// Client is a registered client.
type Client struct {
	ID     string
	Secret fob.Secret
	Key    any      // for PrivateKeyJWT: a crypto.PublicKey or a jose.JSONWebKey
	Auth   []Auth   // how it may authenticate; zero: Basic or Params
	Grants []string // grant types it may use; zero: all
	Scopes []string // scopes it may have; zero: any
}

// Auth is a way to authenticate a client. The text of each but BasicRaw is its name in metadata.
type Auth string

const (
	Basic         Auth = "client_secret_basic" // id and secret form-encoded first (RFC 6749 §2.3.1)
	BasicRaw      Auth = "raw"                 // Basic of a server that does not decode them
	Params        Auth = "client_secret_post"  // id and secret beside the other parameters, wherever these are
	PrivateKeyJWT Auth = "private_key_jwt"
	SecretJWT     Auth = "client_secret_jwt"
	None          Auth = "none" // a public client: the id alone
)

func (c *Client) may(a Auth) bool {
	if len(c.Auth) == 0 {
		return a == Basic || a == Params
	}
	return slices.Contains(c.Auth, a)
}

func (o *Options) client(id string) *Client {
	if i := slices.IndexFunc(o.Clients, func(c Client) bool { return c.ID == id }); i >= 0 {
		return &o.Clients[i]
	}
	return nil
}

// authenticate finds out who sent the request. A client that authenticates in two ways at once is refused (RFC 6749 §2.3).
func (s *Server) authenticate(o *Options, r *http.Request, form url.Values) (*Client, error) {
	header, assertion, secret := r.Header.Get("Authorization") != "", form.Has("client_assertion"), form.Has("client_secret")
	switch {
	case header && (assertion || secret), assertion && secret:
		return nil, invalidRequest("two client authentications")
	case header:
		return o.authBasic(r, form)
	case assertion:
		return s.authAssertion(o, r, form)
	case secret:
		return o.authSecret(form.Get("client_id"), form.Get("client_secret"), Params)
	}
	c := o.client(form.Get("client_id"))
	if c == nil || !c.may(None) {
		return nil, invalidClient("no client authentication")
	}
	return c, nil
}

// anonymous reports whether a request claims to come from no client at all.
func anonymous(r *http.Request, form url.Values) bool {
	return r.Header.Get("Authorization") == "" && !form.Has("client_id") && !form.Has("client_secret") && !form.Has("client_assertion")
}

func (o *Options) authBasic(r *http.Request, form url.Values) (*Client, error) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return nil, invalidClient("not Basic")
	}
	way := BasicRaw
	if c := o.client(id); c == nil || !c.may(BasicRaw) {
		way = Basic
		var errID, errSecret error
		id, errID = url.QueryUnescape(id)
		secret, errSecret = url.QueryUnescape(secret)
		if errID != nil || errSecret != nil {
			return nil, invalidRequest("credentials not form-encoded")
		}
	}
	if named := form.Get("client_id"); named != "" && named != id {
		return nil, invalidRequest("two client ids")
	}
	return o.authSecret(id, secret, way)
}

func (o *Options) authSecret(id, secret string, way Auth) (*Client, error) {
	c := o.client(id)
	if c == nil || !c.may(way) || c.Secret == "" || !same(secret, string(c.Secret)) {
		return nil, invalidClient("unknown client, wrong secret or a way it may not use")
	}
	return c, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
