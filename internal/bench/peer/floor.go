package peer

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/sony/gobreaker/v2"
)

// bearer is a token as a header has it.
type bearer struct {
	value  []string
	expiry time.Time
}

// floor holds one token, and gets no other.
type floor struct {
	atomic.Pointer[bearer]
	next http.RoundTripper
}

func floorAuth(n Net) http.RoundTripper {
	t := must(fetch(context.Background(), n.Tokens))
	f := &floor{next: n.API}
	f.Store(&bearer{[]string{"Bearer " + t.Access}, t.expiry()})
	return f
}

var errExpired = errors.New("expired")

func (f *floor) RoundTrip(req *http.Request) (*http.Response, error) {
	b := f.Load()
	if !time.Now().Before(b.expiry) {
		return nil, errExpired
	}
	out := new(http.Request)
	*out = *req
	out.Header = maps.Clone(req.Header)
	out.Header["Authorization"] = b.value
	return f.next.RoundTrip(out)
}

var errRefused = errors.New("the token is refused")

// floorStack is floorAuth with the two questions that a retry asks after a success, and gobreaker's two steps.
func floorStack(n Net) http.RoundTripper {
	auth := floorAuth(n)
	b := gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{})
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		done, err := b.Allow()
		if err != nil {
			return nil, err
		}
		resp, err := auth.RoundTrip(req)
		done(err)
		if again, _ := retryablehttp.DefaultRetryPolicy(req.Context(), resp, err); again || err != nil {
			return resp, err
		}
		if resp.StatusCode == http.StatusUnauthorized {
			return nil, errRefused
		}
		return resp, nil
	})
}
