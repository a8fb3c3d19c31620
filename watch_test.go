package fob_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

func TestARevocationAtOneMemberReachesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		c.slow = time.Millisecond
		members := c.members(t, 50, s)
		each(members, func(m *fob.CachedSource) { mustToken(t, m) })
		time.Sleep(time.Minute)
		members[0].Invalidate(t.Context(), mustToken(t, members[0]))
		want := mustToken(t, members[0])
		time.Sleep(100 * time.Millisecond)
		for _, m := range members {
			wantHeld(t, m, want) // though it asked nobody
		}
		wantMints(t, s, 2)
	})
}

func TestARefusalMetEverywhereAtOnceCostsOneMint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour, latency: 100 * time.Millisecond}, newCloud()
		c.slow = time.Millisecond
		members := c.members(t, 200, s)
		each(members, func(m *fob.CachedSource) { mustToken(t, m) })
		time.Sleep(time.Minute)
		begin := time.Now()
		each(members, func(m *fob.CachedSource) {
			m.Invalidate(t.Context(), mustToken(t, m))
			mustToken(t, m)
		})
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the last of 200 members had the new token after %v", took)
		}
		wantMints(t, s, 2)
	})
}

// The member that has the lease stands still, and another has minted without it.
func TestWhoWaitsForTheLeaseGetsWhatTheBackgroundHasFound(t *testing.T) {
	for late := range 2 { // of two looks at the store at once, the waiter's and the background's, either may be overtaken
		synctest.Test(t, func(t *testing.T) {
			s, c := &server{life: time.Hour}, newCloud()
			m := c.member(t, s)
			mustToken(t, m)
			lease := must(c.Lease(t.Context(), key.Name()))
			defer lease.Release()
			time.Sleep(2 * time.Hour)
			var waiter sync.WaitGroup
			waiter.Go(func() { mustToken(t, m) })
			synctest.Wait()
			var looks atomic.Int32
			c.gets = func() {
				if int(looks.Add(1)) == late+1 {
					time.Sleep(time.Millisecond)
				}
			}
			begin := time.Now()
			c.put(t, record.Record{Generation: 2, Access: "other-" + canary, Issued: begin, Expiry: begin.Add(time.Hour)})
			waiter.Wait()
			if took := time.Since(begin); took > time.Second {
				t.Errorf("the waiter had the new token after %v", took)
			}
			wantMints(t, s, 1)
		})
	}
}

func TestALogoutElsewhereTakesTheTokenFromMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		minter, glancer := c.member(t, s), c.member(t, s)
		mustToken(t, minter)
		mustToken(t, glancer)
		c.member(t, s).Forget(t.Context(), nil)
		synctest.Wait()
		wantHeld(t, minter, fob.Token{})
		wantHeld(t, glancer, fob.Token{})
		mustToken(t, minter)
		wantMints(t, s, 2)
	})
}

// told are changes that a member with the token of generation 5, whose clock is right, is told of.
func TestWhatAMemberMakesOfAChange(t *testing.T) {
	const mine, other = "mine-" + canary, "other-" + canary
	minute := func(n int) time.Time { return time.Now().Add(time.Duration(n) * time.Minute) }
	for name, tc := range map[string]struct {
		record func() record.Record
		want   fob.Secret
	}{
		"a newer token": {func() record.Record {
			return record.Record{Generation: 6, Access: other, Issued: minute(0), Expiry: minute(60)}
		}, other},
		"one by a clock that is behind": {func() record.Record {
			return record.Record{Generation: 6, Access: other, Issued: minute(-6), Expiry: minute(54)}
		}, other},
		"one by a clock that is ahead": {func() record.Record {
			return record.Record{Generation: 6, Access: other, Issued: minute(10), Expiry: minute(70)}
		}, other},
		"one of a new login": {func() record.Record {
			return record.Record{Generation: 1, Access: other, Issued: minute(0), Expiry: minute(60)}
		}, other},
		"one that has expired": {func() record.Record {
			return record.Record{Generation: 6, Access: other, Issued: minute(-9), Expiry: minute(-1)}
		}, mine},
		"an older one, that the store lost to": {func() record.Record {
			return record.Record{Generation: 4, Access: other, Issued: minute(-20), Expiry: minute(40)}
		}, mine},
		"a drop": {func() record.Record {
			return record.Record{Generation: 6, Issued: minute(-2), Expiry: minute(58), Dropped: minute(-7)}
		}, ""},
		"a drop of a later one": {func() record.Record {
			return record.Record{Generation: 7, Issued: minute(-1), Expiry: minute(59), Dropped: minute(0)}
		}, ""},
		"an older drop, that the store lost to": {func() record.Record {
			return record.Record{Generation: 4, Issued: minute(-20), Expiry: minute(40), Dropped: minute(-9)}
		}, mine},
		"a failure": {func() record.Record {
			return record.Record{Generation: 6, Access: mine, Issued: minute(-2), Expiry: minute(58), Failure: "transient", Failures: 1, RetryAt: minute(1)}
		}, mine},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := &server{life: time.Hour}, newCloud()
				c.put(t, record.Record{Generation: 5, Access: mine, Issued: minute(-2), Expiry: minute(58)})
				m := c.member(t, s)
				mustToken(t, m)
				c.put(t, tc.record())
				synctest.Wait()
				wantHeld(t, m, fob.Token{Access: tc.want})
				if tc.want != "" {
					mustToken(t, m)
				}
				wantMints(t, s, 0)
			})
		})
	}
}

func TestAStoreInTroubleTakesNothingFromMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		m := c.member(t, s)
		want := mustToken(t, m)
		synctest.Wait()
		c.away = errAway
		c.tell("")
		synctest.Wait()
		wantHeld(t, m, want)
		c.away = nil
		c.put(t, record.Record{Generation: 9, Access: "newer-" + canary, Issued: time.Now(), Expiry: time.Now().Add(time.Hour)})
		synctest.Wait()
		wantHeld(t, m, fob.Token{Access: "newer-" + canary})
	})
}

func TestChangesDuringALookCostOneMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		mustToken(t, c.member(t, s))
		synctest.Wait()
		c.slow, c.reads = time.Second, 0
		for range 100 {
			c.tell(key.Name())
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if c.reads != 2 {
			t.Errorf("%d reads, want 2", c.reads)
		}
	})
}

func TestAWordAboutAllRecordsHasEachLookedAtAFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		cache := &fob.Cache{Store: c}
		const n = 1000
		for i := range n {
			mustToken(t, cache.Source(fob.Key{Client: string(rune('A' + i))}, s))
		}
		synctest.Wait()
		c.slow, c.reads = time.Second, 0
		begin := time.Now()
		c.tell("")
		cache.Close(t.Context()) // waits for the looks
		if took := time.Since(begin); c.reads != n || took < n/100*time.Second || took > n/10*time.Second {
			t.Errorf("%d reads in %v, want each of %d records, tens at a time", c.reads, took, n)
		}
	})
}

// A look at the store that has read, and comes back after what happened meanwhile.
func TestALateLookUndoesNothing(t *testing.T) {
	for name, meanwhile := range map[string]func(*testing.T, *fob.CachedSource, fob.Token){
		"an invalidation": func(t *testing.T, m *fob.CachedSource, tok fob.Token) { m.Invalidate(t.Context(), tok) },
		"a mint":          func(t *testing.T, m *fob.CachedSource, tok fob.Token) { m.Renew(t.Context(), tok) },
		"a logout":        func(t *testing.T, m *fob.CachedSource, tok fob.Token) { m.Forget(t.Context(), nil) },
		"a login":         func(t *testing.T, m *fob.CachedSource, tok fob.Token) { m.Login(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := &server{life: time.Hour}, newCloud()
				m := c.member(t, s)
				old := mustToken(t, m)
				time.Sleep(time.Minute)
				synctest.Wait()
				late := make(chan struct{})
				c.gets = func() { c.gets = nil; <-late }
				c.tell(key.Name())
				synctest.Wait()
				meanwhile(t, m, old)
				want, _ := m.Held()
				close(late)
				synctest.Wait()
				wantHeld(t, m, want)
				if want.Access == old.Access {
					t.Error("nothing happened")
				}
			})
		})
	}
}

// The token is refused elsewhere after it was written here, and before it is in memory here.
func TestADropThatOvertakesTheMintIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &server{life: time.Hour}, newCloud()
		m := c.member(t, s)
		c.written = func() {
			c.written = nil
			time.Sleep(time.Minute)
			r := c.record(t)
			r.Generation, r.Access, r.Dropped = r.Generation+1, "", time.Now()
			c.put(t, r)
			synctest.Wait()
		}
		mustToken(t, m)
		synctest.Wait()
		if got, _ := m.Held(); got.Access == "a1-"+canary {
			t.Error("the refused token is in memory")
		}
	})
}

func TestCloseWaitsForLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		cache := &fob.Cache{Store: c}
		mustToken(t, cache.Source(key, &server{life: time.Hour}))
		synctest.Wait()
		c.slow = 5 * time.Second
		c.tell(key.Name())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := cache.Close(ctx); err == nil {
			t.Error("closed while a look at the store was under way")
		}
		begin := time.Now()
		if err := cache.Close(t.Context()); err != nil || time.Since(begin) != 4*time.Second {
			t.Errorf("closed after %v with %v, want when the look has ended", time.Since(begin), err)
		}
	})
}

// skewed writes, as a member whose clock is ahead by so much does, a token that it has just minted.
func (c *cloud) skewed(t *testing.T, ahead, life time.Duration) {
	var r record.Record
	if data, err := c.Get(t.Context(), key.Name()); err == nil {
		r = must(record.Decode(data))
	}
	r.Generation++
	r.Issued = time.Now().Add(ahead)
	r.Access, r.Expiry, r.Dropped = fmt.Sprintf("theirs%d-%s", r.Generation, canary), r.Issued.Add(life), time.Time{}
	c.put(t, r)
}

func TestAMemberBehindLivesByTheOthersTokens(t *testing.T) {
	for _, life := range []time.Duration{4 * time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			s, c := &server{life: life}, newCloud()
			m := c.member(t, s)
			for range 10 {
				c.skewed(t, 10*time.Minute, life)
				for begin := time.Now(); time.Since(begin) < life*3/4; time.Sleep(life / 100) {
					mustToken(t, m)
				}
			}
			wantMints(t, s, 0)
			time.Sleep(life / 4) // the others have gone
			if got := mustToken(t, m); got.Access != "a1-"+canary {
				t.Error("a token lived longer than its life, since its clock was ahead")
			}
		})
	}
}

// All tokens of others look expired to a member whose clock is ahead by more than they live.
func TestAMemberAheadMintsForItselfOnceALife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const life, lives = 4 * time.Minute, 10
		s, c := &server{life: life}, newCloud()
		m := c.member(t, s)
		begin := time.Now()
		for i := 0; time.Since(begin) < lives*life; i++ {
			if i%80 == 0 {
				c.skewed(t, -5*time.Minute, life)
			}
			if got := mustToken(t, m); got.Access[0] != 'a' {
				t.Fatal("a token that has expired by its clock")
			}
			time.Sleep(life / 100)
		}
		synctest.Wait()
		if n := s.count(); n > lives*5/4+1 { // a token is replaced with a fifth of its life left
			t.Errorf("%d mints in %d lives", n, lives)
		}
	})
}
