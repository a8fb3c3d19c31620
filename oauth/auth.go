package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ClientAuth proves to the server which client asks (RFC 6749 §2.3). It writes either parameters or a header, never both.
type ClientAuth interface {
	// Prepare reads the secrets it needs, once a token request. The function it returns writes the proof, on each attempt
	// anew.
	Prepare(ctx context.Context) (func(*Request) error, error)
}

// Request is one attempt of a token request while it is being written.
type Request struct {
	Client   string // client_id
	Issuer   string // the server's issuer; empty if it is not known
	Endpoint string // URL that is asked, without query

	Time  time.Time // now, by the server's clock as far as it is known. Zero: by this machine's
	dated bool      // the proof holds Time

	Params url.Values // parameters, wherever the Client's Encoding puts them
	Header http.Header
}

func (r *Request) now() time.Time {
	if r.Time.IsZero() {
		return time.Now()
	}
	return r.Time
}

// Basic sends id and secret in the Authorization header (client_secret_basic), each form-encoded first (RFC 6749 §2.3.1).
type Basic struct {
	Secret SecretSource
	Raw    bool // do not form-encode: for servers that do not decode
}

var errColon = errors.New("a colon cannot be sent in Basic that is raw")

// Prepare reads the secret.
func (b Basic) Prepare(ctx context.Context) (func(*Request) error, error) {
	secret, err := reveal(ctx, "client secret", b.Secret)
	if err != nil {
		return nil, err
	}
	return func(r *Request) error {
		id, password := url.QueryEscape(r.Client), url.QueryEscape(string(secret))
		if b.Raw {
			id, password = r.Client, string(secret)
		}
		if strings.Contains(id, ":") {
			return &LocalError{"client id", errColon}
		}
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+password)))
		return nil
	}, nil
}

// Params sends id and secret among the parameters (client_secret_post).
type Params struct{ Secret SecretSource }

// Prepare reads the secret.
func (p Params) Prepare(ctx context.Context) (func(*Request) error, error) {
	secret, err := reveal(ctx, "client secret", p.Secret)
	if err != nil {
		return nil, err
	}
	return func(r *Request) error {
		r.Params.Set("client_id", r.Client)
		r.Params.Set("client_secret", string(secret))
		return nil
	}, nil
}

// ClientAssertion sends a JWT that was made elsewhere (RFC 7523 §2.2): by a platform that vouches for who runs on it.
type ClientAssertion struct{ JWT SecretSource }

// Prepare reads the JWT.
func (a ClientAssertion) Prepare(ctx context.Context) (func(*Request) error, error) {
	jwt, err := reveal(ctx, "client assertion", a.JWT)
	if err != nil {
		return nil, err
	}
	return func(r *Request) error {
		if r.Client != "" {
			r.Params.Set("client_id", r.Client)
		}
		r.Params.Set("client_assertion_type", assertionType)
		r.Params.Set("client_assertion", string(jwt))
		return nil
	}, nil
}

// None sends the id alone: a public client's (RFC 6749 §2.1).
type None struct {
	Anonymous bool // not even the id
}

// Prepare needs nothing.
func (n None) Prepare(context.Context) (func(*Request) error, error) {
	return func(r *Request) error {
		if r.Client != "" && !n.Anonymous {
			r.Params.Set("client_id", r.Client)
		}
		return nil
	}, nil
}
