package oauth

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Probe finds the token endpoint, by discovery if need be, and asks its server for nothing (HEAD /): whatever that answers, it can be reached.
// The endpoint itself is left alone, since a server may count what it refuses there. skew is how far the server's clock is ahead of this
// machine's; zero: they agree within half a minute. Errors are of type *Error and *LocalError.
func (c *Client) Probe(ctx context.Context) (endpoint *url.URL, skew time.Duration, err error) {
	if endpoint, err = c.tokenURL(ctx); err != nil {
		return nil, 0, err
	}
	x := c.exchange(ctx, "probe", endpoint.Host)
	x.attempts = 1
	root := url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host, Path: "/"}
	x.build = func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodHead, root.String(), nil)
	}
	a, err := x.run(ctx, c.timeout())
	if err != nil {
		return endpoint, 0, err
	}
	return endpoint, a.skew, nil
}
