package oauth

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Probe finds the token endpoint, by discovery if need be, and asks it for nothing (HEAD): whatever it answers, it can be reached. skew is how
// far its clock is ahead of this machine's; zero: they agree within half a minute. Errors are of type *Error and *LocalError.
func (c *Client) Probe(ctx context.Context) (endpoint *url.URL, skew time.Duration, err error) {
	if endpoint, err = c.tokenURL(ctx); err != nil {
		return nil, 0, err
	}
	x := c.exchange(ctx, "probe", endpoint.Host)
	x.attempts = 1
	x.build = func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodHead, endpoint.String(), nil)
	}
	a, err := x.run(ctx, c.timeout())
	if err != nil {
		return endpoint, 0, err
	}
	return endpoint, a.skew, nil
}
