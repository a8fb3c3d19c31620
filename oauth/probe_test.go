package oauth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

func TestProbeFindsTheEndpointAndAsksItForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := oauthtest.StartInMemory(oauthtest.Options{Ahead: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := &oauth.Client{Issuer: s.URL, Transport: s.Client().Transport}
		endpoint, skew, err := c.Probe(t.Context())
		if err != nil || endpoint.Path != "/oauth2/token" || skew.Round(time.Minute) != time.Hour {
			t.Errorf("got %v, %v, %v, want /oauth2/token, an hour", endpoint, skew, err)
		}
		if n := s.Counts().Requests(); n != 0 {
			t.Errorf("%d token requests, want none", n)
		}
		s.Close()
		var away *oauth.Error
		if _, _, err := c.Probe(t.Context()); !errors.As(err, &away) || !away.Unreachable() {
			t.Errorf("of a server that is gone: %v", err)
		}
	})
}
