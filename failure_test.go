package fob_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
)

// refused is an error with an outcome, as package oauth makes them.
type refused struct {
	text    string
	outcome fob.Outcome
	pause   time.Duration
}

func (r refused) Error() string        { return r.text }
func (r refused) Outcome() fob.Outcome { return r.outcome }
func (r refused) Pause() time.Duration { return r.pause }

// processes are caches on one store, each as if it were a process of its own.
type processes struct {
	store  *fob.Memory
	sealer *seal.Key
}

func newProcesses() processes { return processes{new(fob.Memory), seal.NewKey()} }

func (p processes) source(g fob.Grant) *fob.CachedSource {
	return (&fob.Cache{Store: p.store, Sealer: p.sealer}).Source(key, g)
}

func TestADeadServerIsAskedWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{err: refused{"status 500", fob.Transient, 0}, latency: 20 * time.Millisecond}
		p := newProcesses()
		begin := time.Now()
		for time.Since(begin) < 10*time.Second {
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if _, err := p.source(s).Token(t.Context()); fob.OutcomeOf(err) != fob.Transient {
						t.Errorf("got %v, want a transient failure", err)
					}
				})
			}
			wg.Wait()
			time.Sleep(50 * time.Millisecond)
		}
		if n := s.count(); n < 3 || n > 6 {
			t.Errorf("%d mints in 10 s, want 3 to 6", n)
		}
	})
}

func TestARememberedFailureSaysWhatItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{err: refused{"client_credentials: refused by login.example: invalid_client", fob.Terminal, 0}}
		p := newProcesses()
		p.source(s).Token(t.Context())
		_, err := p.source(s).Token(t.Context())
		var r *fob.RememberedError
		if !errors.As(err, &r) || !strings.Contains(err.Error(), "invalid_client") || fob.OutcomeOf(err) != fob.Terminal {
			t.Errorf("got %v, want what the first caller was told", err)
		}
		if errors.Is(err, fob.ErrLoginRequired) {
			t.Error("a refused client is no reason to log in")
		}
		wantMints(t, s, 1)
		time.Sleep(16 * time.Minute)
		p.source(s).Token(t.Context())
		wantMints(t, s, 2)
		time.Sleep(16 * time.Minute) // the second time it is twice as long
		p.source(s).Token(t.Context())
		wantMints(t, s, 2)
	})
}

// away is an error that says of itself that no server answered.
type away struct{ refused }

func (away) Unreachable() bool { return true }

func TestARememberedFailureSaysWhetherTheServerAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		begin := time.Now()
		for i, err := range []error{away{refused{"no answer", fob.Transient, 0}}, refused{"status 503", fob.Transient, 0}, away{refused{"no answer", fob.InDoubt, 0}}} {
			s := &server{err: err}
			p.source(s).Token(t.Context())
			wantMints(t, s, 1)
			var r *fob.RememberedError
			if _, err := p.source(s).Token(t.Context()); !errors.As(err, &r) || r.Unreachable() != (i != 1) || r.Outcome() != fob.Transient {
				t.Fatalf("got %v, want what the first caller was told", err)
			}
			time.Sleep(time.Until(r.Until))
		}
		if time.Since(begin) < 10*time.Second {
			t.Errorf("three failures took %v, want pauses that double though the server is away in between", time.Since(begin))
		}
	})
}

// untrusted is an error that says of itself that this machine does not trust the server.
type untrusted struct{ away }

func (untrusted) Untrusted() bool { return true }

// It may any moment: somebody adds the server's authority, and looks whether that helped.
func TestAServerThatIsNotTrustedIsAskedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{err: untrusted{away{refused{"no answer", fob.Transient, 0}}}}
		for range 10 {
			p.source(s).Token(t.Context())
			var r *fob.RememberedError
			if _, err := p.source(s).Token(t.Context()); !errors.As(err, &r) || time.Until(r.Until) > 2*time.Second {
				t.Fatalf("got %v, want a failure remembered for two seconds at most", err)
			}
			time.Sleep(time.Until(r.Until))
		}
		wantMints(t, s, 10)
	})
}

func TestAForeignErrorsTextIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{err: fmt.Errorf("response body: %s", canary)}
		p.source(s).Token(t.Context())
		if _, err := p.source(s).Token(t.Context()); err == nil || strings.Contains(err.Error(), canary) {
			t.Error("the text of an error of unknown making was kept")
		}
	})
}

func TestLoginRequiredIsRememberedAsThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{err: fmt.Errorf("refresh_token: %w", fob.ErrLoginRequired)}
		p.source(s).Token(t.Context())
		if _, err := p.source(s).Token(t.Context()); !errors.Is(err, fob.ErrLoginRequired) {
			t.Errorf("got %v, want login required", err)
		}
		wantMints(t, s, 1)
		s.err = nil
		if err := p.source(s).Replace(t.Context(), must(s.Mint(t.Context(), fob.Token{}))); err != nil {
			t.Fatal(err)
		}
		mustToken(t, p.source(s)) // a login ends it
		wantMints(t, s, 2)
	})
}

// credentials are a grant's that can be changed.
type credentials struct {
	*server
	text fob.Secret
}

func (c credentials) Fingerprint(context.Context) (fob.Secret, error) { return c.text, nil }

func TestARefusalIsForgottenWhenTheCredentialsChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{life: time.Hour, err: refused{"invalid_client", fob.Terminal, 0}}
		for range 3 {
			p.source(credentials{s, "old-" + canary}).Token(t.Context())
		}
		wantMints(t, s, 1)
		s.err = nil
		mustToken(t, p.source(credentials{s, "new-" + canary}))
		wantMints(t, s, 2)
		data, _ := p.store.Get(t.Context(), key.Name())
		if strings.Contains(string(data), "old-") || strings.Contains(string(data), "failure") {
			t.Error("the failure, or what tells credentials apart, is still there")
		}
	})
}

func TestWithoutASealerARefusalIsThisProcessesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(fob.Memory)
		s := &server{life: time.Hour, err: refused{"invalid_client", fob.Terminal, 0}}
		process := func(text fob.Secret) *fob.CachedSource {
			return (&fob.Cache{Store: store}).Source(key, credentials{s, text})
		}
		src := process("old-" + canary)
		src.Token(t.Context())
		src.Token(t.Context())
		wantMints(t, s, 1)
		s.err = nil
		mustToken(t, process("new-"+canary)) // the secret was mended, and the program started anew
	})
}

func TestTheServersOwnPauseIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{err: refused{"status 429", fob.Transient, 10 * time.Minute}}
		p.source(s).Token(t.Context())
		time.Sleep(9 * time.Minute)
		p.source(s).Token(t.Context())
		wantMints(t, s, 1)
		time.Sleep(2 * time.Minute)
		p.source(s).Token(t.Context())
		wantMints(t, s, 2)
	})
}

func TestALocalFailureIsNobodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{err: refused{"client secret: not set", fob.Local, 0}}
		p.source(s).Token(t.Context())
		if _, err := p.source(s).Token(t.Context()); !errors.Is(err, s.err) {
			t.Errorf("got %v, want the failure itself", err)
		}
		if names, _ := p.store.List(t.Context()); len(names) != 0 {
			t.Error("it was written down")
		}
	})
}

func TestAForcedRefreshAsksWhateverIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{life: time.Hour, err: refused{"invalid_client", fob.Terminal, 0}}
		p.source(s).Token(t.Context())
		s.err = nil
		if _, err := p.source(s).Renew(t.Context(), fob.Token{}); err != nil {
			t.Errorf("got %v, want a token", err)
		}
	})
}

func TestAForcedRefreshIsNotAnsweredByAFlightThatAskedNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store := &server{life: time.Hour, err: errors.New("down")}, &heldStore{Memory: new(fob.Memory), held: make(chan struct{})}
		close(store.held)
		src := (&fob.Cache{Store: store}).Source(key, s)
		if _, err := src.Token(t.Context()); err == nil {
			t.Fatal("a token from a server that is down")
		}
		s.err = nil
		store.slow = 100 * time.Millisecond // the next flight, which will find the failure remembered, takes a while to read that
		go src.Token(t.Context())
		synctest.Wait()
		if tok, err := src.Renew(t.Context(), fob.Token{}); err != nil || tok.Access == "" {
			t.Errorf("got %v, want a token: the server is up again", err)
		}
	})
}

func TestASuccessorIsAskedForOnceAndItsFailureHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcesses()
		s := &server{life: time.Hour, rotate: true, latency: time.Second}
		tok := mustToken(t, p.source(s))
		for i, outcome := range []fob.Outcome{fob.Transient, fob.InDoubt, fob.Terminal} {
			s.err = refused{"no", outcome, 0}
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if _, err := p.source(s).Successor(t.Context(), tok); err == nil {
						t.Error("a successor from a server that gives none")
					}
				})
			}
			wg.Wait()
			wantMints(t, s, 2+i)
			if kept := mustToken(t, p.source(s)); kept.Access != tok.Access {
				t.Errorf("after %v others get another token, want the valid one", outcome)
			}
			time.Sleep(time.Minute) // what failed before the last may be tried again: a doubt is no obstacle
		}
		time.Sleep(5 * time.Hour)
		s.err = nil
		if newer, err := p.source(s).Successor(t.Context(), tok); err != nil || newer.Access == tok.Access {
			t.Errorf("got %v, want another token", err)
		}
	})
}
