package transport_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/middleware/rttest"
	"github.com/fobkit/fob/transport"
)

func TestWhatNewAssemblesKeepsTheContract(t *testing.T) {
	mint := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
		return fob.Token{Access: fob.Secret(rand.Text() + oauthtest.Canary), Expiry: time.Now().Add(time.Hour)}, nil
	})
	for name, c := range map[string]transport.Config{
		"the zero Config": {},
		"sent once":       {Retry: middleware.Retry{Max: 1}, NoBreaker: true},
		"everything": {
			Hosts: []string{rttest.Origin}, Header: http.Header{"X-Api-Key": {oauthtest.Canary}}, UserAgent: "rttest", Log: slog.New(slog.DiscardHandler),
			Deadline: time.Hour, Timeout: middleware.Timeout{Headers: 20 * time.Second, Idle: 20 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rttest.Run(t, func(base http.RoundTripper) http.RoundTripper {
				c := c
				if c.Base = base; c.Hosts != nil {
					c.Source = new(fob.Cache).Source(fob.Key{}, mint)
				}
				rt, err := transport.New(c)
				if err != nil {
					panic(err)
				}
				return rt
			})
		})
	}
}
