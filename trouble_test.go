package fob_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
)

// flaky is a store whose reads and writes can be made to fail.
type flaky struct {
	fob.Memory
	unreadable, unwritable atomic.Bool
}

func (f *flaky) Get(ctx context.Context, name string) ([]byte, error) {
	if f.unreadable.Load() {
		return nil, errors.New("too many open files")
	}
	return f.Memory.Get(ctx, name)
}

func (f *flaky) Put(ctx context.Context, name string, data []byte) error {
	if f.unwritable.Load() {
		return errors.New("no space left on device")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.Memory.Put(ctx, name, data)
}

// world is a store in trouble, and the server behind it.
type world struct {
	store  *flaky
	sealer *seal.Key
	server *server
}

func newWorld() world {
	return world{new(flaky), seal.NewKey(), &server{life: time.Hour, rotate: true}}
}

func (w world) process() *fob.CachedSource { return w.seeded(w.server) }

func (w world) seeded(g fob.Grant) *fob.CachedSource {
	return (&fob.Cache{Store: w.store, Sealer: w.sealer, OneShot: true}).Source(key, g)
}

// sent compares the refresh tokens that the server saw, in their short form: "" for none.
func (w world) sent(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, r := range w.server.refresh {
		short, _, _ := strings.Cut(string(r), "-")
		got = append(got, short)
	}
	if !slices.Equal(got, want) {
		t.Errorf("refresh tokens sent: %q, want %q", got, want)
	}
}

func TestAFullDiskNeverSpendsARefreshTokenThatOthersFind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		mustToken(t, w.process())
		w.store.unwritable.Store(true)
		for range 3 {
			time.Sleep(2 * time.Hour)
			mustToken(t, w.process()) // by the client's own credentials
		}
		w.sent(t, "", "", "", "")
		w.store.unwritable.Store(false)
		time.Sleep(2 * time.Hour)
		mustToken(t, w.process())
		w.sent(t, "", "", "", "", "r1")
	})
}

func TestOnAFullDiskOneProcessGoesOnInMemory(t *testing.T) {
	w := newWorld()
	src := w.process()
	tok := mustToken(t, src)
	w.store.unwritable.Store(true)
	for range 3 {
		tok = must(src.Renew(t.Context(), tok))
	}
	w.store.unwritable.Store(false)
	must(src.Renew(t.Context(), tok))
	w.sent(t, "", "", "r2", "r3", "r4")
	if w.process().Kept(t.Context()).Refresh != "r5-"+canary {
		t.Error("once there was room again, the token was not kept")
	}
}

// onlyRefresh is a grant that a person's login alone can begin.
type onlyRefresh struct{ *server }

func (o onlyRefresh) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if last.Refresh == "" {
		return fob.Token{}, fob.ErrLoginRequired
	}
	return o.server.Mint(ctx, last)
}

func TestAFullDiskIsNoReasonToLogIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.process().Replace(t.Context(), must(w.server.Mint(t.Context(), fob.Token{})))
		time.Sleep(2 * time.Hour)
		w.store.unwritable.Store(true)
		src := w.seeded(onlyRefresh{w.server})
		for range 3 { // in one process too
			_, err := src.Token(t.Context())
			if errors.Is(err, fob.ErrLoginRequired) || fob.OutcomeOf(err) != fob.Local {
				t.Errorf("got %v, want trouble of this machine's own", err)
			}
		}
		w.sent(t, "")
		w.store.unwritable.Store(false)
		mustToken(t, w.seeded(onlyRefresh{w.server}))
	})
}

func TestASeedIsNotSentWhileTheRecordCannotBeRead(t *testing.T) {
	for name, spoil := range map[string]func(world){
		"unreadable": func(w world) { w.store.unreadable.Store(true) },
		"foreign": func(w world) {
			data, _ := lines.Encode("fob-record", 2, []lines.Line{{Key: "generation", Value: "3"}})
			w.store.Put(context.Background(), key.Name(), data)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			mustToken(t, w.seeded(seeded{w.server}))
			spoil(w)
			if _, err := w.seeded(seeded{w.server}).Token(t.Context()); fob.OutcomeOf(err) != fob.Local {
				t.Errorf("got %v, want trouble of this machine's own", err)
			}
			w.sent(t, "seed")
		})
	}
}

func TestASeedIsNotSentWhileItsSuccessorCannotBeKept(t *testing.T) {
	w := newWorld()
	w.store.unwritable.Store(true)
	src := w.seeded(person{seeded{w.server}})
	for range 2 {
		if _, err := src.Token(t.Context()); fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %v, want trouble of this machine's own", err)
		}
	}
	w.sent(t)
	w.store.unwritable.Store(false)
	mustToken(t, src)
	w.sent(t, "seed")
}

func TestALoginElsewhereOutdoesWhatCouldNotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		src := w.process()
		tok := mustToken(t, src)
		w.store.unwritable.Store(true)
		for range 3 { // generations that are kept nowhere
			tok = must(src.Renew(t.Context(), tok))
		}
		w.store.unwritable.Store(false)
		time.Sleep(2 * time.Hour)
		elsewhere := w.process()
		elsewhere.Forget(t.Context(), nil)
		want := must(elsewhere.Login(t.Context()))
		if got := mustToken(t, src); got.Access != want.Access {
			t.Error("a token from before the login took its place")
		}
	})
}

func TestAStoreThatRecoversIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		src := w.process()
		mustToken(t, src)
		w.store.unreadable.Store(true)
		time.Sleep(2 * time.Hour)
		mustToken(t, src)
		w.store.unreadable.Store(false)
		for range 2 {
			time.Sleep(2 * time.Hour)
			mustToken(t, src)
		}
		time.Sleep(2 * time.Hour)
		mustToken(t, w.process())
		w.sent(t, "", "", "r2", "r3", "r4") // r1 lies where others may find it
	})
}

func TestACorruptRecordTakesNothingFromMemory(t *testing.T) {
	w := newWorld()
	src := w.process()
	tok := mustToken(t, src)
	w.store.Put(t.Context(), key.Name(), []byte("garbage\n"))
	src.Invalidate(t.Context(), tok)
	mustToken(t, src)
	w.sent(t, "", "r1")
}

func TestNoMintUndoesALogoutOrALogin(t *testing.T) {
	type bare struct{ fob.Store } // no Locker
	for name, store := range map[string]func() fob.Store{
		"no store": func() fob.Store { return nil }, "no locks": func() fob.Store { return bare{new(fob.Memory)} }, "locks": func() fob.Store { return new(fob.Memory) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{life: time.Hour, rotate: true, latency: 5 * time.Second}
				src := (&fob.Cache{Store: store(), Sealer: seal.NewKey()}).Source(key, s)
				go src.Renew(t.Context(), mustToken(t, src))
				time.Sleep(time.Second)
				login := fob.Token{Access: "login", Refresh: "login-r", Issued: time.Now(), Expiry: time.Now().Add(time.Hour)}
				if err := src.Replace(t.Context(), login); err != nil {
					t.Fatal(err)
				}
				if got := src.Kept(t.Context()); got.Refresh != "login-r" {
					t.Error("the login was overwritten by a refresh of the old token")
				}
				go src.Renew(t.Context(), mustToken(t, src))
				time.Sleep(time.Second)
				if err := src.Forget(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				if got := src.Kept(t.Context()); got.Access != "" || got.Refresh != "" {
					t.Error("a forgotten token is back")
				}
			})
		})
	}
}

// gate is a store whose next Get, once it is armed, has read but does not return until it is let go.
type gate struct {
	fob.Memory
	armed      atomic.Bool
	read, goOn chan struct{}
}

func (g *gate) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := g.Memory.Get(ctx, name)
	if g.armed.CompareAndSwap(true, false) {
		close(g.read)
		<-g.goOn
	}
	return data, err
}

func TestAReadThatBeganBeforeALogoutBringsNothingBack(t *testing.T) {
	store, sealer := &gate{read: make(chan struct{}), goOn: make(chan struct{})}, seal.NewKey()
	s := &server{life: time.Hour, rotate: true}
	mustToken(t, (&fob.Cache{Store: store, Sealer: sealer}).Source(key, s))
	src := (&fob.Cache{Store: store, Sealer: sealer}).Source(key, s)
	store.armed.Store(true)
	done := make(chan struct{})
	go func() { src.Token(context.Background()); close(done) }()
	<-store.read
	if err := src.Forget(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	close(store.goOn)
	<-done
	mustToken(t, src)
	wantMints(t, s, 2)
}

func TestAMintHasItsWholeTimeHoweverLongTheLockTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		unlock := must(w.store.Lock(t.Context(), key.Name()))
		time.AfterFunc(59*time.Second, unlock)
		grant := fob.GrantFunc(func(ctx context.Context, _ fob.Token) (fob.Token, error) {
			if deadline, _ := ctx.Deadline(); time.Until(deadline) != time.Minute {
				t.Errorf("%v left for the answer, want a minute", time.Until(deadline))
			}
			return fob.Token{Access: canary}, nil
		})
		mustToken(t, w.seeded(grant))
	})
}

func TestAnAnswerThatComesWithTheDeadlineIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.server.latency = 61 * time.Second
		mustToken(t, w.process())
		if w.process().Kept(t.Context()).Refresh != "r1-"+canary {
			t.Error("it was not")
		}
	})
}

func TestARefusedTokenIsReplacedThoughTheStoreIsInTrouble(t *testing.T) {
	for name, spoil := range map[string]func(*flaky){
		"unreadable": func(f *flaky) { f.unreadable.Store(true) },
		"unwritable": func(f *flaky) { f.unwritable.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			src := w.process()
			tok := mustToken(t, src)
			spoil(w.store)
			if err := src.Invalidate(t.Context(), tok); err != nil {
				t.Errorf("got %v, want nothing to stand in the way of a replay", err)
			}
			if mustToken(t, src).Access == tok.Access {
				t.Error("the refused token is served again")
			}
		})
	}
}

func TestNewsOfAnotherTokenDoesNotClearTheRefusedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		src := w.process()
		refused := mustToken(t, src)
		unlock := must(w.store.Lock(t.Context(), key.Name())) // another process is slow: the store keeps it
		src.Invalidate(t.Context(), refused)
		time.Sleep(2 * time.Second)
		src.Invalidate(t.Context(), fob.Token{Access: "ancient"})
		unlock()
		if mustToken(t, src).Access == refused.Access {
			t.Error("the refused token is served again")
		}
	})
}

func TestALogoutThatCouldNotReadSaysSo(t *testing.T) {
	w := newWorld()
	mustToken(t, w.process())
	w.store.unreadable.Store(true)
	revoked := false
	err := w.process().Forget(t.Context(), func(context.Context, fob.Token) error { revoked = true; return nil })
	if err == nil || revoked {
		t.Errorf("got %v, want an error, for nothing could be revoked", err)
	}
	w.store.unreadable.Store(false)
	if names, _ := w.store.List(t.Context()); len(names) != 0 {
		t.Errorf("%v left", names)
	}
}

func TestAFailureOfAClockAheadIsNotBelieved(t *testing.T) {
	w := newWorld()
	data, _ := record.Record{Generation: 1, Failure: "terminal", Reason: "x", Failures: 1, RetryAt: time.Now().AddDate(10, 0, 0)}.Encode()
	w.store.Put(t.Context(), key.Name(), data)
	mustToken(t, w.process())
}

func TestASealedFieldOfANewerProgramSurvives(t *testing.T) {
	w := newWorld()
	sealed, _ := w.sealer.Seal("v-"+canary, fob.Binding{Record: key.Name(), Field: "dpop", Generation: 1})
	now := time.Now()
	data, _ := record.Record{Generation: 1, Access: "old", Issued: now, Expiry: now.Add(time.Hour), Sealed: map[string]string{"dpop": sealed}}.Encode()
	w.store.Put(t.Context(), key.Name(), data)
	src := w.process()
	src.Invalidate(t.Context(), mustToken(t, src))
	if data, _ = w.store.Get(t.Context(), key.Name()); !strings.Contains(string(data), "\ndpop.jwe=") {
		t.Error("it did not")
	}
}

func TestATokenThatComesTooLateIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: time.Second, latency: 2 * time.Second}
		if _, err := new(fob.Cache).Source(key, s).Token(t.Context()); err == nil {
			t.Error("an expired token was given out")
		}
		wantMints(t, s, 1)
	})
}

// halfDead is a refresh token that was refused, and a server that then failed on the client's own credentials.
type halfDead struct{ error }

func (halfDead) RefreshDead() bool { return true }

func TestADeadRefreshTokenIsErasedWhateverElseFails(t *testing.T) {
	w := newWorld()
	src := w.process()
	tok := mustToken(t, src)
	w.server.err = fmt.Errorf("refresh: %w", halfDead{errors.New("status 503")})
	src.Renew(t.Context(), tok)
	src.Renew(t.Context(), tok)
	w.sent(t, "", "r1", "")
}

// person is a grant that can do nothing without a refresh token.
type person struct{ seeded }

func (p person) Mint(ctx context.Context, last fob.Token) (fob.Token, error) {
	if last.Refresh == "" {
		return fob.Token{}, fob.ErrLoginRequired
	}
	return p.seeded.Mint(ctx, last)
}

// locked is a sealer whose key cannot be had for a while.
type locked struct {
	fob.Sealer
	is atomic.Bool
}

type lockedError struct{ error }

func (lockedError) Outcome() fob.Outcome { return fob.Local }

var errLocked = lockedError{errors.New("keyring is locked")}

func (l *locked) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	if l.is.Load() {
		return "", fmt.Errorf("%w: %w", fob.ErrForeignKey, errLocked)
	}
	return l.Sealer.Open(sealed, b)
}

func TestAKeyThatIsAwayForAWhileIsNoReasonToLogIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		g, sealer := person{seeded{w.server}}, &locked{Sealer: w.sealer}
		mustToken(t, w.seeded(g))
		sealer.is.Store(true)
		src := (&fob.Cache{Store: w.store, Sealer: sealer, OneShot: true}).Source(key, g)
		mustToken(t, src) // which lies in the clear
		time.Sleep(2 * time.Hour)
		_, err := src.Token(t.Context())
		if errors.Is(err, fob.ErrLoginRequired) || !errors.Is(err, errLocked) || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %v, want why the refresh token cannot be read", err)
		}
		sealer.is.Store(false)
		if _, err := src.Token(t.Context()); err != nil {
			t.Errorf("once the key is back: %v", err)
		}
	})
}

// closedSealer seals, and fails the test that has it open anything.
type closedSealer struct {
	fob.Sealer
	t *testing.T
}

func (s closedSealer) Open(string, fob.Binding) (fob.Secret, error) {
	s.t.Error("something was opened")
	return "", fob.ErrForeignKey
}

// The sealing key may lie in a keyring that takes seconds to answer, or does not.
func TestAValidTokenIsServedWithoutOpeningWhatIsSealed(t *testing.T) {
	dir, s := fob.Dir(t.TempDir()), &server{life: time.Hour, rotate: true}
	sealer := seal.NewKey()
	want := mustToken(t, (&fob.Cache{Store: dir, Sealer: sealer}).Source(fob.Key{}, s))
	later := (&fob.Cache{Store: dir, Sealer: closedSealer{sealer, t}}).Source(fob.Key{}, s)
	if tok := mustToken(t, later); tok.Access != want.Access {
		t.Error("another token was served")
	}
	if _, err := later.TokenLasting(t.Context(), 10*time.Minute); err != nil {
		t.Error(err)
	}
	wantMints(t, s, 1)
}
