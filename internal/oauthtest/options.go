package oauthtest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// Options say which server this is. The zero value is a plain one without clients.
type Options struct {
	Clients   []Client
	TokenPath string     // zero: "/oauth2/token"
	APIPath   string     // what lies under it needs a token; ends in a slash. Zero: "/api/"
	Encodings []Encoding // where token requests carry their parameters; any other is refused. Zero: Form
	TLSOnly   bool       // refuse token requests over plain http
	Bare      bool       // no metadata, revocation or introspection

	IssuerPath string         // path of the issuer, such as "/tenant"; zero: none
	Metadata   map[string]any // members that replace those of the metadata; nil values take them out

	Subjects map[fob.Secret]string // tokens of other issuers that token exchange and jwt-bearer take, and whom each is about

	Assertion   Assertion             // what client assertions must be
	TokenHeader map[string]fob.Secret // headers that token requests must have
	TokenParams map[string]string     // parameters that token requests must have; an empty value is any
	APIHeader   map[string]fob.Secret // headers that API requests must have

	Ahead     time.Duration            // how far the server's clock is ahead of everybody else's, in Date and for assertions
	Life      time.Duration            // how long access tokens live; zero: an hour, negative: for ever
	ExpiresIn func(time.Duration) any  // how expires_in is written; nil: AsNumber
	Members   map[string]any           // members that replace those of the token answer; nil is written as null
	FormReply bool                     // token and device answers are form-encoded, refusals of token requests too
	Polite    bool                     // refusals of token requests come with status 200
	Lag       time.Duration            // the API learns of a new token this much later
	Token     func(kind string) string // makes up the next "access" or "refresh" token; nil: random text with the Canary

	Person Person // who logs in

	Refresh          Refresh
	RefreshLife      time.Duration // how long refresh tokens live; zero: for ever, negative: they are dead when issued
	RefreshForClient bool          // client_credentials brings a refresh token too, as RFC 6749 §4.4.3 advises against
	AnonymousRefresh bool          // a refresh token can be used without client authentication
}

// Refresh says what becomes of refresh tokens.
type Refresh int

const (
	NoRefresh Refresh = iota // none is issued
	Kept                     // one stays valid through all refreshes, whose answers do not repeat it
	Rotated                  // each refresh brings a new one; the use of an old one ends the whole family
)

// Encoding is a place for the parameters of a token request.
type Encoding int

const (
	Form  Encoding = iota // body, application/x-www-form-urlencoded
	JSON                  // body, one JSON object of strings
	Query                 // the URL, with an empty body
)

// Change lets f alter the Options while requests are served. Requests that have begun keep those they saw.
func (s *Server) Change(f func(*Options)) {
	for {
		old := s.opts.Load()
		o := old.clone()
		f(o)
		if s.opts.CompareAndSwap(old, o.withDefaults()) {
			return
		}
	}
}

// AddClient registers c, in the place of a client of the same ID.
func (s *Server) AddClient(c Client) {
	s.Change(func(o *Options) {
		o.Clients = slices.DeleteFunc(o.Clients, func(have Client) bool { return have.ID == c.ID })
		o.Clients = append(o.Clients, c)
	})
}

func (o Options) withDefaults() *Options {
	if o.TokenPath == "" {
		o.TokenPath = "/oauth2/token"
	}
	if o.APIPath == "" {
		o.APIPath = "/api/"
	}
	if o.Encodings == nil {
		o.Encodings = []Encoding{Form}
	}
	if o.Life == 0 {
		o.Life = time.Hour
	}
	if o.ExpiresIn == nil {
		o.ExpiresIn = AsNumber
	}
	return &o
}

// clone shares nothing that a caller of Change may write to.
func (o Options) clone() *Options {
	o.Clients = slices.Clone(o.Clients)
	for i, c := range o.Clients {
		o.Clients[i].Auth, o.Clients[i].Grants, o.Clients[i].Scopes = slices.Clone(c.Auth), slices.Clone(c.Grants), slices.Clone(c.Scopes)
	}
	o.Encodings = slices.Clone(o.Encodings)
	o.Assertion.Algs = slices.Clone(o.Assertion.Algs)
	o.Metadata, o.Members = maps.Clone(o.Metadata), maps.Clone(o.Members)
	o.TokenHeader, o.APIHeader = maps.Clone(o.TokenHeader), maps.Clone(o.APIHeader)
	o.TokenParams, o.Subjects = maps.Clone(o.TokenParams), maps.Clone(o.Subjects)
	return &o
}

// AsNumber writes a lifetime as a JSON number of seconds, with a fraction only if it has one.
func AsNumber(life time.Duration) any {
	return json.Number(strconv.FormatFloat(life.Seconds(), 'f', -1, 64))
}

// AsFloat writes it with a fraction in any case: 300.0.
func AsFloat(life time.Duration) any {
	text := strconv.FormatFloat(life.Seconds(), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return json.Number(text)
}

// AsString writes it as a string of digits: "300".
func AsString(life time.Duration) any { return strconv.FormatFloat(life.Seconds(), 'f', -1, 64) }

// Absent leaves it out.
func Absent(time.Duration) any { return nil }
