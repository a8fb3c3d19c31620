package oauth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

// A client that signs its own assertions and a server whose clock is ahead by so much. There is no discovery: it would tell the time.
func apart(t *testing.T, ahead time.Duration) (*oauthtest.Server, oauth.Grant) {
	uri, public := secretToken()
	o := oauthtest.OIDC(oauthtest.Client{ID: "c", Key: public})
	o.Ahead, o.Assertion.Life = ahead, 2*time.Minute
	srv := oauthtest.NewInMemory(t, o)
	return srv, grantFor(t, srv, oauth.Settings{
		Provider: "oidc", Issuer: srv.Issuer(), TokenURL: srv.TokenURL(), ClientID: "c", Key: oauth.KeyText{Text: uri},
	})
}

func TestAClockThatIsWrongCostsOneRequestMore(t *testing.T) {
	for _, tt := range []struct {
		ahead time.Duration
		first int
	}{{0, 1}, {20 * time.Second, 1}, {5 * time.Minute, 2}, {-24 * time.Hour, 2}} {
		t.Run(tt.ahead.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, g := apart(t, tt.ahead)
				mustMint(t, srv, g, fob.Token{})
				if n := srv.Counts().Requests(); n != tt.first {
					t.Errorf("%d requests for the first token, want %d", n, tt.first)
				}
				tok := mustMint(t, srv, g, fob.Token{})
				if n := srv.Counts().Requests(); n != tt.first+1 {
					t.Errorf("%d requests for the second, want 1: the time was known by then", n-tt.first)
				}
				if life := time.Until(tok.Expiry); life != time.Hour {
					t.Errorf("the token lives for %v by this machine's clock, want 1h", life)
				}
			})
		})
	}
}

func TestARefusalTellsThatTheClockIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, g := apart(t, 5*time.Minute)
		srv.Change(func(o *oauthtest.Options) { o.Clients = nil })
		_, err := g.Mint(t.Context(), fob.Token{})
		var e *oauth.Error
		if !errors.As(err, &e) || e.Skew != 5*time.Minute {
			t.Errorf("got %v, want an *Error that says by how much", err)
		}
		if n := srv.Counts().Requests(); n != 2 {
			t.Errorf("%d requests, want 2: the time was not what was wrong", n)
		}
	})
}
