package fob_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/storetest"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
)

// lapsing is a cloud as a store under test.
type lapsing struct{ *cloud }

func (l lapsing) Lapse(_ context.Context, name string) error {
	defer l.lapse(name)()
	return nil
}

func TestTheFleetsStoreIsOne(t *testing.T) {
	c := newCloud()
	storetest.Run(t, func(*testing.T) fob.Store { return lapsing{c} })
}

func TestAFleetMintsOnceALifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: 100 * time.Second, latency: 200 * time.Millisecond}, newCloud()
		c.slow = time.Millisecond
		members := c.members(t, 50, s)
		each(members, func(m *fob.CachedSource) { mustToken(t, m) })
		wantMints(t, s, 1)
		for range 800 { // a token is replaced with a fifth of its life left
			each(members, func(m *fob.CachedSource) { mustToken(t, m) })
			time.Sleep(time.Second)
		}
		synctest.Wait()
		wantMints(t, s, 10)
	})
}

func TestWhoWaitsForTheLeaseIsToldInsteadOfQueueing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour, latency: time.Second}, newCloud()
		c.slow = time.Millisecond
		begin := time.Now()
		each(c.members(t, 1000, s), func(m *fob.CachedSource) { mustToken(t, m) })
		if took := time.Since(begin); c.leases > 2 || took > 1100*time.Millisecond {
			t.Errorf("%d leases in %v for one mint of a second", c.leases, took)
		}
		wantMints(t, s, 1)
	})
}

func TestAFailureIsToldToAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{latency: time.Second, err: refused{"status 503", fob.Transient, 0}}, newCloud()
		each(c.members(t, 100, s), func(m *fob.CachedSource) {
			if _, err := m.Token(t.Context()); err == nil {
				t.Error("a token of a server that is down")
			}
		})
		wantMints(t, s, 1)
	})
}

// losing is a grant that waits for the end of its ctx, and tells why it came.
func losing(asked *atomic.Int32, why *error) fob.Grant {
	return fob.GrantFunc(func(ctx context.Context, _ fob.Token) (fob.Token, error) {
		asked.Add(1)
		<-ctx.Done()
		*why = context.Cause(ctx)
		return fob.Token{}, ctx.Err()
	})
}

func TestNoMintOutlivesItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		var asked atomic.Int32
		var why error
		var got fob.Token
		slow := c.member(t, losing(&asked, &why))
		go func() { got = mustToken(t, slow) }()
		synctest.Wait()
		tell := c.lapse(key.Name())
		want := mustToken(t, c.member(t, s))
		tell()
		synctest.Wait()
		if !errors.Is(why, fob.ErrLeaseLost) || got.Access != want.Access || asked.Load() != 1 {
			t.Errorf("asked %d times, ended by %v, want once, by the lease, and the other's token", asked.Load(), why)
		}
		wantMints(t, s, 1)
	})
}

func TestALeaseLostIsTriedAgainThreeTimesAndNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		var asked atomic.Int32
		var why, err error
		m := c.member(t, losing(&asked, &why))
		go func() { _, err = m.Token(t.Context()) }()
		for range 3 {
			synctest.Wait()
			c.lapse(key.Name())()
		}
		synctest.Wait()
		if !errors.Is(err, fob.ErrLeaseLost) || asked.Load() != 3 {
			t.Errorf("got %v after %d attempts, want a lost lease after 3", err, asked.Load())
		}
		if f := m.Failed(t.Context()); f != nil || c.kept() != 0 {
			t.Errorf("%v is remembered", f)
		}
	})
}

// deaf mints while the lease is taken away, and heeds no ctx.
func deaf(s *server, meanwhile func()) fob.Grant {
	return fob.GrantFunc(func(ctx context.Context, last fob.Token) (fob.Token, error) {
		tok, err := s.Mint(ctx, last)
		meanwhile()
		return tok, err
	})
}

func TestAStaleHoldersWriteIsRefusedAndTheOthersTokenServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		var want fob.Token
		stale := c.member(t, deaf(s, func() {
			c.lapse(key.Name())()
			want = mustToken(t, c.member(t, s))
		}))
		if got := mustToken(t, stale); got.Access != want.Access || c.record(t).Access != string(want.Access) {
			t.Error("the token of a lease that was lost was served, or written")
		}
		wantMints(t, s, 2)
	})
}

func TestAStaleHolderServesTheOthersTokenHoweverItHearsOfIt(t *testing.T) {
	for late := range 2 { // of two looks at the store at once, the holder's and the background's, either may be overtaken
		synctest.Test(t, func(t *testing.T) {
			s, c := &server{life: time.Hour, latency: time.Second}, newCloud()
			var refused atomic.Bool
			var looks atomic.Int32
			c.written = func() { refused.Store(true); c.tell(key.Name()) }
			c.gets = func() {
				if refused.Load() && int(looks.Add(1)) == late+1 {
					time.Sleep(time.Millisecond)
				}
			}
			stale := c.member(t, s)
			got := make(chan fob.Token)
			go func() { got <- mustToken(t, stale) }()
			synctest.Wait()
			c.lapse(key.Name())
			now := time.Now()
			c.put(t, record.Record{Generation: 1, Access: "other-" + canary, Issued: now, Expiry: now.Add(time.Hour)})
			if tok := <-got; tok.Access != "other-"+canary {
				t.Error("the token of a lease that was lost was served")
			}
		})
	}
}

func TestATokenThatNobodyElseHasYetIsServedFromMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		m := c.member(t, deaf(s, func() { c.lapse(key.Name())() }))
		tok := mustToken(t, m)
		wantHeld(t, m, tok)
		if c.kept() != 0 {
			t.Error("it was written without a lease")
		}
		wantMints(t, s, 1)
	})
}

func TestASlowStoreCostsNoMint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		c.slow = 5 * time.Second
		each(c.members(t, 20, s), func(m *fob.CachedSource) { mustToken(t, m) })
		wantMints(t, s, 1)
	})
}

func TestNoRefreshTokenIsShared(t *testing.T) {
	s, c, sealer := &server{life: time.Hour, rotate: true}, newCloud(), seal.NewKey()
	var warned []error
	src := (&fob.Cache{Store: c, Sealer: plainSealer{sealer}, Trace: fob.Trace{Warning: func(_ string, err error) { warned = append(warned, err) }}}).Source(key, s)
	src.Renew(t.Context(), mustToken(t, src))
	src.Replace(t.Context(), must(s.Mint(t.Context(), fob.Token{})))
	for _, sent := range s.refresh {
		if sent != "" {
			t.Error("a refresh token was sent")
		}
	}
	data, _ := c.Get(t.Context(), key.Name())
	if bytes.Contains(data, []byte("r3-")) || bytes.Contains(data, []byte("refresh")) || src.Kept(t.Context()).Refresh != "" {
		t.Error("a refresh token was kept")
	}
	if len(warned) != 1 {
		t.Errorf("%d warnings, want one", len(warned))
	}
}

// plainSealer does not seal, so that a search finds what reaches the store.
type plainSealer struct{ fob.Sealer }

func (plainSealer) Seal(plain fob.Secret, _ fob.Binding) (string, error) { return string(plain), nil }

func TestARefreshTokenThatLiesInAFleetsStoreIsNotSent(t *testing.T) {
	s, c, sealer := &server{life: time.Hour, rotate: true}, newCloud(), seal.NewKey()
	type bare struct{ fob.Store } // some program that knows of no leases
	mustToken(t, (&fob.Cache{Store: bare{c}, Sealer: sealer}).Source(key, s))
	src := (&fob.Cache{Store: c, Sealer: sealer}).Source(key, s)
	src.Renew(t.Context(), mustToken(t, src))
	if s.refresh[1] != "" {
		t.Error("it was")
	}
}

func TestASeedIsNotShared(t *testing.T) {
	s, c := &server{life: time.Hour}, newCloud()
	m := c.member(t, seeded{s})
	_, err := m.Token(t.Context())
	_, loginErr := m.Login(t.Context())
	for _, err := range []error{err, loginErr} {
		if se := new(fob.StoreError); !errors.As(err, &se) || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %v, want why", err)
		}
	}
	wantMints(t, s, 0)
}

// sealingCloud is a cloud that seals by itself.
type sealingCloud struct {
	*cloud
	fob.Sealer
}

func TestAStoreThatSealsKeepsLongLivedTokens(t *testing.T) {
	s, store := &server{}, sealingCloud{newCloud(), seal.NewKey()}
	want := mustToken(t, (&fob.Cache{Store: store}).Source(key, s))
	if got := mustToken(t, (&fob.Cache{Store: store}).Source(key, s)); got.Access != want.Access {
		t.Error("a token that does not expire was not shared")
	}
	if data, _ := store.Get(t.Context(), key.Name()); bytes.Contains(data, []byte(want.Access)) {
		t.Error("it lies there in the clear")
	}
}
