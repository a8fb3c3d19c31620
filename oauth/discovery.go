package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// metadataLife bounds how long a server's metadata is believed.
const metadataLife = time.Hour

// metadata is what fob reads of RFC 8414 §2 and OpenID Connect Discovery §3, RFC 8628 §4, RFC 9126 §5 and RFC 9207 §3.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Token         string   `json:"token_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Authorization string   `json:"authorization_endpoint"`
	Device        string   `json:"device_authorization_endpoint"`
	Push          string   `json:"pushed_authorization_request_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Scopes        []string `json:"scopes_supported"`

	PushOnly   bool `json:"require_pushed_authorization_requests"`
	SaysIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

var (
	errNoEndpoint = errors.New("neither set nor found by an issuer")
	errIssuer     = errors.New("an issuer has neither query nor fragment")
)

func (c *Client) tokenURL(ctx context.Context) (*url.URL, error) {
	if c.TokenURL != "" {
		return parseURL("token endpoint", c.TokenURL)
	}
	if c.Issuer == "" {
		return nil, &LocalError{"token endpoint", errNoEndpoint}
	}
	m, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	return parseURL("token endpoint", m.Token)
}

// known is the metadata of the issuer; without an issuer, nothing.
func (c *Client) known(ctx context.Context) (metadata, error) {
	if c.Issuer == "" {
		return metadata{}, nil
	}
	return c.discover(ctx)
}

// discover returns the metadata of the issuer. Two calls at once may both ask: the lock is not held meanwhile.
func (c *Client) discover(ctx context.Context) (metadata, error) {
	c.mu.Lock()
	m, learned := c.metadata, c.learned
	c.mu.Unlock()
	if !learned.IsZero() && time.Since(learned) < metadataLife {
		return m, nil
	}
	m, err := c.fetchMetadata(ctx)
	if err != nil {
		return metadata{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metadata, c.learned = m, time.Now()
	return m, nil
}

const opDiscovery = "discovery"

// fetchMetadata tries the places of both standards in turn. A place that has no metadata, or another issuer's, is passed over; a server
// that does not answer ends the search.
func (c *Client) fetchMetadata(ctx context.Context) (metadata, error) {
	issuer, err := parseURL("issuer", c.Issuer)
	if err != nil {
		return metadata{}, err
	}
	if strings.ContainsAny(c.Issuer, "?#") {
		return metadata{}, &LocalError{"issuer", errIssuer}
	}
	var m metadata
	for _, place := range wellKnown(issuer) {
		if m, err = c.fetchFrom(ctx, place); err == nil || !isElsewhere(err) {
			break
		}
	}
	return m, err
}

// wellKnown are the places of an issuer's metadata: RFC 8414 §3.1 puts its path behind the well-known part, OpenID Connect
// Discovery §4 before it, RFC 8414 §5 allows either for the latter's name.
func wellKnown(issuer *url.URL) []*url.URL {
	base, path := *issuer, strings.TrimSuffix(issuer.EscapedPath(), "/")
	base.Path, base.RawPath = "", ""
	root := base.String()
	var places []*url.URL
	for _, p := range []string{
		"/.well-known/oauth-authorization-server" + path,
		path + "/.well-known/openid-configuration",
		"/.well-known/openid-configuration" + path,
	} {
		if u, err := url.Parse(root + p); err == nil && (path != "" || len(places) < 2) {
			places = append(places, u)
		}
	}
	return places
}

func (c *Client) fetchFrom(ctx context.Context, place *url.URL) (metadata, error) {
	a, err := c.get(ctx, opDiscovery, place, nil)
	if err != nil {
		return metadata{}, err
	}
	return c.readMetadata(a, place.Host)
}

// get asks a place that only gives, with header beside the usual ones.
func (c *Client) get(ctx context.Context, op string, place *url.URL, header http.Header) (*answer, error) {
	x := c.exchange(ctx, op, place.Host)
	x.build = func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, place.String(), nil)
		if err != nil {
			return nil, &LocalError{op, errURL}
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", "fob")
		maps.Copy(req.Header, header)
		return req, nil
	}
	return x.run(ctx, c.timeout())
}

func (c *Client) readMetadata(a *answer, host string) (metadata, error) {
	var m metadata
	e := &Error{Op: opDiscovery, Host: host, Status: a.status}
	switch {
	case a.status != http.StatusOK:
	case json.Unmarshal(a.body, &m) != nil:
		e.Problem = "not JSON"
	case m.Issuer != c.Issuer: // RFC 8414 §3.3: identical
		e.Problem = "it is another issuer's"
	case m.Token == "":
		e.Problem = "no token endpoint"
	default:
		return m, nil
	}
	return metadata{}, e
}

// isElsewhere reports whether err leaves it open that the metadata is in the next place.
func isElsewhere(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Err == nil && e.Status < 500 && e.Status != http.StatusTooManyRequests
}
