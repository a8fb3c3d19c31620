package oauth_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
)

func TestAfterAFailureAMintIsASingleAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewInMemory(t, oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: secret}))
		srv.Fault(oauthtest.Fault{Times: -1, Answer: &oauthtest.Answer{Status: 500}})
		g := grantFor(t, srv, oauth.Settings{Provider: "oidc", Issuer: srv.Issuer(), ClientID: "c", ClientSecret: secret})
		src := new(fob.Cache).Source(g.Key(), g)
		for _, want := range []int{3, 4, 5} {
			if _, err := src.Token(t.Context()); err == nil {
				t.Fatal("a token from a server that has none")
			}
			if n := srv.Counts().Requests(); n != want {
				t.Errorf("%d requests so far, want %d", n, want)
			}
			time.Sleep(time.Minute)
		}
		srv.Heal()
		if _, err := src.Token(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestADeadServerIsLeftInPeaceByAThousandCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := oauthtest.NewInMemory(t, oauthtest.OIDC(oauthtest.Client{ID: "c", Secret: secret}))
		srv.Fault(oauthtest.Fault{Times: -1, Cut: true})
		g := grantFor(t, srv, oauth.Settings{Provider: "oidc", Issuer: srv.Issuer(), ClientID: "c", ClientSecret: secret})
		src := new(fob.Cache).Source(g.Key(), g)
		var callers sync.WaitGroup
		for range 1000 {
			callers.Go(func() {
				for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(100 * time.Millisecond) {
					if _, err := src.Token(t.Context()); err == nil {
						t.Error("a token from a dead server")
					}
				}
			})
		}
		callers.Wait()
		if n := srv.Counts().Requests(); n > 6 {
			t.Errorf("%d token requests in 10 s, want 6 at most", n)
		}
	})
}
