package peer

import (
	"io"
	"net/http"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/sony/gobreaker/v2"
	"golang.org/x/oauth2"
)

// glued is what is made by hand today: a token for each call, retries below it, and the breaker below those.
func glued(n Net) http.RoundTripper {
	return &oauth2.Transport{Source: oauth2Source(n, oauth2.AuthStyleInHeader), Base: retryable(Net{API: gobreak(n), Wait: n.Wait})}
}

func retryable(n Net) http.RoundTripper {
	return &retryablehttp.RoundTripper{Client: retryableClient(n)}
}

func retryableClient(n Net) *retryablehttp.Client {
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.HTTPClient = &http.Client{Transport: n.API}
	if n.Wait > 0 {
		c.RetryWaitMin, c.RetryWaitMax = n.Wait, n.Wait
	}
	return c
}

// rewound spares retryablehttp the reading of the body, as its documentation offers.
func rewound(n Net) http.RoundTripper {
	c := retryableClient(n)
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		out := req.Clone(req.Context())
		out.Body = nil
		r, err := retryablehttp.FromRequest(out)
		if err == nil && req.GetBody != nil {
			err = r.SetBody(retryablehttp.ReaderFunc(func() (io.Reader, error) { return req.GetBody() }))
		}
		if err != nil {
			return nil, err
		}
		return c.Do(r)
	})
}

func gobreak(n Net) http.RoundTripper {
	b := gobreaker.NewCircuitBreaker[*http.Response](gobreaker.Settings{})
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		return b.Execute(func() (*http.Response, error) { return n.API.RoundTrip(req) })
	})
}

func failsafePolicies(n Net) http.RoundTripper {
	return failsafehttp.NewRoundTripper(n.API, failsafehttp.NewRetryPolicyBuilder().Build(), circuitbreaker.NewWithDefaults[*http.Response]())
}
