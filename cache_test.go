package fob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
)

const canary = "fob-canary-7f3a9c"

var key = fob.Key{Issuer: "https://login.example", Client: "c"}

// server is an authorization server of few words: it counts, takes its time, and rotates refresh tokens.
type server struct {
	life    time.Duration // zero: tokens do not expire
	latency time.Duration
	rotate  bool
	err     error // answered instead of a token

	mu      sync.Mutex
	mints   int
	refresh []fob.Secret // refresh tokens it was sent
}

func (s *server) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	s.mu.Lock()
	s.mints++
	n := s.mints
	s.refresh = append(s.refresh, last.Refresh)
	s.mu.Unlock()
	start := time.Now()
	if s.latency > 0 {
		time.Sleep(s.latency) // fake clock
	}
	if s.err != nil {
		return fob.Token{}, s.err
	}
	tok := fob.Token{Access: fob.Secret(fmt.Sprintf("a%d-%s", n, canary)), Type: "Bearer", Issued: start}
	if s.life > 0 {
		tok.Expiry = start.Add(s.life)
	}
	if s.rotate {
		tok.Refresh = fob.Secret(fmt.Sprintf("r%d-%s", n, canary))
	}
	return tok, nil
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mints
}

type doubt struct{}

func (doubt) Error() string        { return "no answer" }
func (doubt) Outcome() fob.Outcome { return fob.InDoubt }

func mustToken(t *testing.T, src fob.Source) fob.Token {
	t.Helper()
	tok, err := src.Token(t.Context())
	if err != nil {
		t.Fatalf("Token: %v", err)
	}
	return tok
}

func wantMints(t *testing.T, s *server, want int) {
	t.Helper()
	if got := s.count(); got != want {
		t.Errorf("%d mints, want %d", got, want)
	}
}

func TestCacheMintsOnceForManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, latency: time.Second}
		src := new(fob.Cache).Source(key, s)
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { mustToken(t, src) })
		}
		wg.Wait()
		wantMints(t, s, 1)
	})
}

func TestAFreshTokenIsReadWithoutAllocation(t *testing.T) {
	src := new(fob.Cache).Source(key, &server{life: time.Hour})
	ctx := t.Context()
	mustToken(t, src)
	if n := testing.AllocsPerRun(1000, func() { src.Token(ctx) }); n != 0 {
		t.Errorf("%v allocations a read, want 0", n)
	}
}

func TestAStaleTokenIsServedWhileItsSuccessorIsMinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 100 * time.Second, latency: 5 * time.Second}
		src := new(fob.Cache).Source(key, s)
		first := mustToken(t, src)
		time.Sleep(90 * time.Second)
		start := time.Now()
		for range 100 {
			if tok := mustToken(t, src); tok.Access != first.Access {
				t.Fatal("a stale token was not served while it was valid")
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("callers of a stale token waited %v", waited)
		}
		time.Sleep(6 * time.Second)
		if tok := mustToken(t, src); tok.Access == first.Access {
			t.Error("the successor was not taken up")
		}
		wantMints(t, s, 2)
	})
}

func TestAFailedMintNeverTakesAwayAValidToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 100 * time.Second}
		src := new(fob.Cache).Source(key, s)
		first := mustToken(t, src)
		s.err = errors.New("503")
		for time.Since(first.Issued) < 99*time.Second {
			if tok := mustToken(t, src); tok.Access != first.Access {
				t.Fatal("got another token than the valid one")
			}
			if tok, err := src.TokenLasting(t.Context(), time.Hour); err == nil && tok.Access != first.Access {
				t.Fatal("got another token than the valid one")
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		if _, err := src.Token(t.Context()); !errors.Is(err, s.err) {
			t.Errorf("expired, server down: got %v, want the server's error", err)
		}
	})
}

func TestAnyLifetimeCostsAtMostTwoMintsALife(t *testing.T) {
	for _, life := range []time.Duration{5 * time.Second, 10 * time.Second, time.Minute, time.Hour, 24 * time.Hour, 0} {
		t.Run(life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{life: life, latency: 100 * time.Millisecond}
				cache := new(fob.Cache)
				src := cache.Source(key, s)
				const lives = 10
				step := max(life, time.Hour) / 500
				if life > 0 {
					step = life / 50
				}
				for range lives * 50 {
					if _, err := src.TokenLasting(t.Context(), time.Hour); err != nil {
						t.Fatal(err)
					}
					time.Sleep(step)
				}
				cache.Close(t.Context()) // a mint may be under way
				if n := s.count(); n > 2*lives+1 || life == 0 && n != 1 {
					t.Errorf("%d mints in %d lives", n, lives)
				}
			})
		})
	}
}

func TestAWaiterLeavesOnItsOwnDeadlineAndTheMintGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, latency: 5 * time.Second}
		src := new(fob.Cache).Source(key, s)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := src.Token(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 50*time.Millisecond {
			t.Errorf("left after %v with %v, want 50ms and a deadline", time.Since(start), err)
		}
		mustToken(t, src)
		wantMints(t, s, 1)
	})
}

func TestInvalidateDropsOnlyTheTokenThatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, latency: time.Second}
		src := new(fob.Cache).Source(key, s)
		first := mustToken(t, src)
		time.Sleep(time.Minute)
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() {
				src.Invalidate(t.Context(), first)
				mustToken(t, src)
			})
		}
		wg.Wait()
		wantMints(t, s, 2)
		src.Invalidate(t.Context(), first) // late news of an old token
		mustToken(t, src)
		wantMints(t, s, 2)
	})
}

func TestAServerThatRefusesEveryTokenGetsOneMintASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour}
		src := new(fob.Cache).Source(key, s)
		for range 1000 {
			src.Invalidate(t.Context(), mustToken(t, src))
			time.Sleep(10 * time.Millisecond)
		}
		if n := s.count(); n > 12 {
			t.Errorf("%d mints in 10 s, want about one a second", n)
		}
	})
}

func TestAGuessThatATokenIsRefusedCostsAMintAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store := &server{life: time.Hour}, new(fob.Memory)
		for range 600 { // each as if it were a process of its own
			src := (&fob.Cache{Store: store}).Source(key, s)
			src.Suspect(t.Context(), mustToken(t, src))
			mustToken(t, src)
			time.Sleep(time.Second)
		}
		if n := s.count(); n < 9 || n > 11 {
			t.Errorf("%d mints in 10 min of wrong guesses, want about one a minute", n)
		}
	})
}

func TestTheSameTokenIssuedAgainIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mints atomic.Int32
		same := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
			mints.Add(1)
			return fob.Token{Access: canary, Issued: time.Now()}, nil
		})
		src := new(fob.Cache).Source(key, same)
		for range 100 {
			src.Invalidate(t.Context(), mustToken(t, src))
		}
		if n := mints.Load(); n > 2 {
			t.Errorf("%d mints, want 2 at most", n)
		}
	})
}

func TestCachesOnOneDirectoryMintOnce(t *testing.T) {
	dir := fob.Dir(filepath.Join(t.TempDir(), "state"))
	s := &server{life: time.Hour}
	var wg sync.WaitGroup
	for range 20 { // each as if it were a process of its own
		src := (&fob.Cache{Store: dir}).Source(key, s)
		wg.Go(func() { mustToken(t, src) })
	}
	wg.Wait()
	wantMints(t, s, 1)
}

func TestARefreshTokenIsSealedAndOutlivesTheProcess(t *testing.T) {
	path, sealer := filepath.Join(t.TempDir(), "state"), seal.NewKey()
	s := &server{life: time.Hour, rotate: true}
	mustToken(t, (&fob.Cache{Store: fob.Dir(path), Sealer: sealer}).Source(key, s))
	data, err := os.ReadFile(filepath.Join(path, key.Name()+".rec"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("r1-")) {
		t.Error("the refresh token lies in the clear")
	}
	later := (&fob.Cache{Store: fob.Dir(path), Sealer: sealer}).Source(key, s)
	first := mustToken(t, later)
	later.Invalidate(t.Context(), first)
	mustToken(t, later)
	if want := fob.Secret("r1-" + canary); s.refresh[1] != want || s.count() != 2 {
		t.Errorf("after %d mints, the second did not carry the first one's refresh token", s.count())
	}
}

func TestWithoutASealerLongLivedSecretsStayInMemory(t *testing.T) {
	for _, s := range []*server{{life: time.Hour, rotate: true}, {life: 0}, {life: 25 * time.Hour}} {
		path := filepath.Join(t.TempDir(), "state")
		var warnings int
		c := &fob.Cache{Store: fob.Dir(path), Trace: fob.Trace{Warning: func(string, error) { warnings++ }}}
		mustToken(t, c.Source(key, s))
		mustToken(t, c.Source(key, s))
		data, _ := os.ReadFile(filepath.Join(path, key.Name()+".rec"))
		if s.rotate && bytes.Contains(data, []byte("r1-")) || !s.rotate && bytes.Contains(data, []byte("a1-")) {
			t.Errorf("life %v: a long-lived secret lies in the clear", s.life)
		}
		if warnings != 1 || s.count() != 1 {
			t.Errorf("life %v: %d warnings and %d mints, want one of each", s.life, warnings, s.count())
		}
	}
}

// A refresh whose answer is lost: the server may have used the token up.
func TestARefreshTokenInDoubtIsSentAgainOnlyWhenNeeded(t *testing.T) {
	for name, newStore := range map[string]func() fob.Store{
		"memory":    func() fob.Store { return nil },
		"directory": func() fob.Store { return fob.Dir(filepath.Join(t.TempDir(), "state")) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{life: 100 * time.Second, rotate: true}
				c := &fob.Cache{Store: newStore(), Sealer: seal.NewKey()}
				src := c.Source(key, s)
				first := mustToken(t, src)
				s.err = doubt{}
				time.Sleep(95 * time.Second) // stale
				mustToken(t, src)
				synctest.Wait()
				wantMints(t, s, 2) // the refresh whose answer is lost
				s.err = nil
				for range 40 {
					time.Sleep(100 * time.Millisecond)
					if tok := mustToken(t, src); tok.Access != first.Access {
						t.Fatal("the valid access token was not served")
					}
					if tok, _ := src.TokenLasting(t.Context(), time.Hour); tok.Access != first.Access {
						t.Fatal("the valid access token was not served")
					}
				}
				wantMints(t, s, 2)
				s.err = doubt{}
				if _, err := src.Renew(t.Context(), first); err == nil {
					t.Error("a forced refresh did not ask")
				}
				s.err = nil
				time.Sleep(time.Minute) // expired: now it is needed
				if tok := mustToken(t, src); tok.Access == first.Access {
					t.Error("an expired token was served")
				}
				if wantMints(t, s, 4); s.refresh[3] != s.refresh[1] {
					t.Error("the last mint did not try the refresh token once more")
				}
			})
		})
	}
}

// seeded brings the refresh token of a login made elsewhere.
type seeded struct{ *server }

func (seeded) Seed(context.Context) (fob.Token, error) {
	return fob.Token{Refresh: "seed-" + canary}, nil
}

func TestASeedIsUsedOnceAndNeverBroughtBack(t *testing.T) {
	s := &server{life: time.Hour, rotate: true}
	store, sealer := new(fob.Memory), seal.NewKey()
	src := (&fob.Cache{Store: store, Sealer: sealer}).Source(key, seeded{s})
	src.Invalidate(t.Context(), mustToken(t, src))
	s.err = fmt.Errorf("refused: %w", fob.ErrLoginRequired)
	for range 2 { // the first finds the rotated token dead
		src.Renew(t.Context(), fob.Token{})
		src = (&fob.Cache{Store: store, Sealer: sealer}).Source(key, seeded{s})
	}
	if want := []fob.Secret{"seed-" + canary, "r1-" + canary, ""}; !slices.Equal(s.refresh, want) {
		t.Errorf("%d mints, not with the seed, then its successor, then none", len(s.refresh))
	}
}

func TestADeadRefreshTokenIsErased(t *testing.T) {
	s := &server{life: time.Hour, rotate: true}
	c := &fob.Cache{Store: new(fob.Memory), Sealer: seal.NewKey()}
	src := c.Source(key, s)
	src.Invalidate(t.Context(), mustToken(t, src))
	s.err = fmt.Errorf("refused: %w", fob.ErrLoginRequired)
	for range 2 {
		if _, err := src.Renew(t.Context(), fob.Token{}); !errors.Is(err, fob.ErrLoginRequired) {
			t.Errorf("got %v, want login required", err)
		}
	}
	if s.refresh[2] != "" {
		t.Error("a refused refresh token was sent again")
	}
}

func TestForgetRevokesUnderTheLockAndLeavesNothing(t *testing.T) {
	store, sealer := new(fob.Memory), seal.NewKey()
	s := &server{life: time.Hour, rotate: true}
	c := &fob.Cache{Store: store, Sealer: sealer}
	src := c.Source(key, s)
	mustToken(t, src)
	offline := errors.New("offline")
	err := src.Forget(t.Context(), func(ctx context.Context, tok fob.Token) error {
		if tok.Refresh == "" || tok.Access == "" {
			t.Error("revoke was not given the whole token")
		}
		short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		if _, err := store.Lock(short, key.Name()); err == nil {
			t.Error("revoked without the key's lock")
		}
		return offline
	})
	if !errors.Is(err, offline) {
		t.Errorf("got %v, want revoke's error", err)
	}
	if names, _ := store.List(t.Context()); len(names) != 0 {
		t.Errorf("%v left after Forget", names)
	}
	mustToken(t, src)
	if s.refresh[1] != "" {
		t.Error("a forgotten refresh token was sent")
	}
}

func TestALogoutElsewhereIsNotUndoneByMemory(t *testing.T) {
	store, sealer := new(fob.Memory), seal.NewKey()
	s := &server{life: time.Hour, rotate: true}
	here := (&fob.Cache{Store: store, Sealer: sealer}).Source(key, s)
	elsewhere := (&fob.Cache{Store: store, Sealer: sealer}).Source(key, s)
	tok := mustToken(t, here)
	elsewhere.Forget(t.Context(), nil)
	here.Invalidate(t.Context(), tok)
	mustToken(t, here)
	if s.refresh[1] != "" {
		t.Error("a refresh token that was logged out elsewhere was sent")
	}
}

func TestStoreTroubleDegradesToMemoryWithOneWarning(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, state, file string){
		"a file where the directory should be": func(t *testing.T, state, file string) { write(t, state, nil) },
		"a directory where the record should be": func(t *testing.T, state, file string) {
			if err := os.MkdirAll(file, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"a link where the record should be": func(t *testing.T, state, file string) {
			os.MkdirAll(state, 0o700)
			target := filepath.Join(t.TempDir(), "elsewhere")
			write(t, target, nil)
			if err := os.Symlink(target, file); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := filepath.Join(t.TempDir(), "state")
			prepare(t, state, filepath.Join(state, key.Name()+".rec"))
			s := &server{life: time.Hour}
			told := make(map[string]int)
			c := &fob.Cache{Store: fob.Dir(state), Trace: fob.Trace{Warning: func(_ string, err error) { told[err.Error()]++ }}}
			src := c.Source(key, s)
			src.Invalidate(t.Context(), mustToken(t, src))
			mustToken(t, src)
			wantMints(t, s, 2)
			if len(told) == 0 {
				t.Error("nobody was told")
			}
			for warning, n := range told {
				if n != 1 || strings.Contains(warning, "\n") {
					t.Errorf("%d times: %q, want one line once", n, warning)
				}
			}
		})
	}
}

func TestACorruptRecordIsSetAsideAndAForeignOneLeftAlone(t *testing.T) {
	whole, _ := record.Record{Generation: 1, Access: "a0-" + canary}.Encode()
	for name, tc := range map[string]struct {
		data  []byte
		aside bool
	}{
		"cut short":         {whole[:20], true},
		"empty":             {[]byte{}, true},
		"a bit flipped":     {bytes.Replace(whole, []byte("a0-"), []byte("b0-"), 1), true},
		"a future version":  {lines.AppendSum([]byte("fob-record=2\n")), false},
		"sealed by another": {sealedByAnother(t), false},
	} {
		t.Run(name, func(t *testing.T) {
			store := new(fob.Memory)
			store.Put(t.Context(), key.Name(), tc.data)
			s := &server{life: time.Hour, rotate: true}
			src := (&fob.Cache{Store: store, Sealer: seal.NewKey()}).Source(key, s)
			mustToken(t, src)
			mustToken(t, src)
			wantMints(t, s, 1)
			now, _ := store.Get(t.Context(), key.Name())
			aside, _ := store.Get(t.Context(), key.Name()+".bad")
			if tc.aside && (!bytes.Equal(aside, tc.data) || bytes.Equal(now, tc.data)) {
				t.Error("not set aside and replaced")
			}
			if !tc.aside && (!bytes.Equal(now, tc.data) || aside != nil) {
				t.Error("not left alone")
			}
		})
	}
}

func TestALoginSetsAsideWhatTheCacheLeavesAlone(t *testing.T) {
	foreign, store := sealedByAnother(t), new(fob.Memory)
	store.Put(t.Context(), key.Name(), foreign)
	s := &server{life: time.Hour, rotate: true}
	p := processes{store, seal.NewKey()}
	if err := p.source(s).Replace(t.Context(), must(s.Mint(t.Context(), fob.Token{}))); err != nil {
		t.Fatal(err)
	}
	if tok := p.source(s).Kept(t.Context()); tok.Access == "" || tok.Refresh == "" {
		t.Error("the login was not kept")
	}
	if aside, _ := store.Get(t.Context(), key.Name()+".bad"); !bytes.Equal(aside, foreign) {
		t.Error("what lay there is lost")
	}
}

func sealedByAnother(t *testing.T) []byte {
	t.Helper()
	store := new(fob.Memory)
	c := &fob.Cache{Store: store, Sealer: seal.NewKey(), SealAll: true}
	mustToken(t, c.Source(key, &server{life: time.Hour, rotate: true}))
	data, _ := store.Get(t.Context(), key.Name())
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCloseWaitsForTheMintUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Hour, latency: 5 * time.Second}
		var c fob.Cache
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c.Source(key, s).Token(ctx)
		start := time.Now()
		if err := c.Close(t.Context()); err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("closed after %v with %v, want 5s", time.Since(start), err)
		}
	})
}

func TestCloseWaitsForNobodyElsesMint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store := &server{life: time.Hour}, &heldStore{Memory: new(fob.Memory), held: make(chan struct{})}
		c := fob.Cache{Store: store}
		go c.Source(key, s).Token(t.Context())
		synctest.Wait()
		start := time.Now()
		if err := c.Close(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("closed after %v with %v, want at once", time.Since(start), err)
		}
		wantMints(t, s, 0)
		close(store.held)
		mustToken(t, c.Source(key, s))
	})
}

// heldStore is a store whose locks another process holds until held is closed.
type heldStore struct {
	*fob.Memory
	held chan struct{}
	slow time.Duration // what a read takes
}

func (l *heldStore) Get(ctx context.Context, name string) ([]byte, error) {
	time.Sleep(l.slow) // fake clock
	return l.Memory.Get(ctx, name)
}

func (l *heldStore) Lock(ctx context.Context, _ string) (unlock func(), err error) {
	select {
	case <-l.held:
		return func() {}, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func TestRefreshReplacesAStaleTokenAndNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 100 * time.Second}
		p := newProcesses()
		for range 3 {
			if err := p.source(s).Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantMints(t, s, 1)
		time.Sleep(95 * time.Second)
		var wg sync.WaitGroup
		for range 20 { // as many helpers that found it stale
			wg.Go(func() { p.source(s).Refresh(t.Context()) })
		}
		wg.Wait()
		wantMints(t, s, 2)
	})
}

func TestAFleetDoesNotMarchInStep(t *testing.T) {
	now := time.Now()
	tok := fob.Token{Issued: now, Expiry: now.Add(1000 * time.Second)}
	first, last := tok.RefreshAt(), tok.RefreshAt()
	for range 100 {
		at := tok.RefreshAt()
		if at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	if window := 200 * time.Second; last.Sub(first) < window*3/10 || first.Before(tok.Expiry.Add(-window)) {
		t.Errorf("100 refreshes spread over %v of a window of %v", last.Sub(first), window)
	}
}

func TestOneShotMintsNothingInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 100 * time.Second}
		src := (&fob.Cache{OneShot: true}).Source(key, s)
		mustToken(t, src)
		time.Sleep(99 * time.Second)
		mustToken(t, src)
		synctest.Wait()
		wantMints(t, s, 1)
	})
}

func TestAServerThatGivesTheSameTokenAgainIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mints := 0
		src := new(fob.Cache).Source(key, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
			mints++
			return fob.Token{Access: "a-" + canary}, nil
		}))
		if _, err := src.Renew(t.Context(), mustToken(t, src)); err != nil || mints != 2 {
			t.Errorf("%d mints and error %v, want one for the token and one to renew it", mints, err)
		}
	})
}
