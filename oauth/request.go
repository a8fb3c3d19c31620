package oauth

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/fobkit/fob"
)

// question is what a Client asks of an endpoint.
type question struct {
	op       string
	grant    string // grant_type. Empty: op
	endpoint *url.URL
	params   url.Values
	auth     ClientAuth
	encoding Encoding
	wants    string                 // Accept. Empty: application/json
	single   bool                   // params carry a value that can be used once
	attempts int                    // at most. Zero: maxAttempts
	amend    func(members)          // puts an answer into OAuth's words. Nil: it is in them
	accept   func(*fob.Token) error // what the grant has to say of the answer. Nil: nothing
}

// ask sends q. The secrets are read once, the request is written and signed for each attempt.
func (c *Client) ask(ctx context.Context, q question) (*answer, error) {
	prove, err := q.auth.Prepare(ctx)
	if err != nil {
		return nil, local("client authentication", err)
	}
	header, err := c.header(ctx)
	if err != nil {
		return nil, err
	}
	if q.wants != "" {
		header.Set("Accept", q.wants)
	}
	x := c.exchange(ctx, q.op, q.endpoint.Host)
	x.single = q.single
	if q.attempts > 0 {
		x.attempts = q.attempts
	}
	x.build = func(ctx context.Context) (*http.Request, error) {
		r := &Request{Client: c.ClientID, Issuer: c.Issuer, Endpoint: withoutQuery(q.endpoint), Params: clone(q.params), Header: header.Clone(), Time: x.now()}
		if err := prove(r); err != nil {
			return nil, local("client authentication", err)
		}
		x.dated = r.dated
		return q.encoding.request(ctx, r, q.endpoint)
	}
	return x.run(ctx, c.timeout())
}

var errControl = errors.New("control character in it")

func (c *Client) header(ctx context.Context) (http.Header, error) {
	h := http.Header{"Accept": {"application/json"}, "User-Agent": {"fob"}}
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		value, err := reveal(ctx, "header "+name, c.Header[name])
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(string(value), unicode.IsControl) {
			return nil, &LocalError{"header " + name, errControl}
		}
		h.Set(name, string(value))
	}
	return h, nil
}

// token asks the token endpoint.
func (c *Client) token(ctx context.Context, q question) (fob.Token, error) {
	endpoint, err := c.tokenURL(ctx)
	if err != nil {
		return fob.Token{}, err
	}
	q.endpoint, q.encoding = endpoint, c.Encoding
	q.params.Set("grant_type", cmp.Or(q.grant, q.op))
	a, err := c.ask(ctx, q)
	if err != nil {
		return fob.Token{}, err
	}
	return a.token(q)
}

func withoutQuery(u *url.URL) string {
	bare := *u
	bare.RawQuery, bare.ForceQuery = "", false
	return bare.String()
}

func clone(v url.Values) url.Values {
	c := make(url.Values, len(v))
	for name, values := range v {
		c[name] = slices.Clone(values)
	}
	return c
}
