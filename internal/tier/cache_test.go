package tier_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
)

const life = time.Hour

// issuer grants tokens of an hour.
type issuer struct {
	mints atomic.Int32
	slow  time.Duration // how much longer than usual a mint takes
}

func (i *issuer) Mint(ctx context.Context, _ fob.Token) (fob.Token, error) {
	n := i.mints.Add(1)
	time.Sleep(100*time.Millisecond + i.slow)
	return fob.Token{Access: fob.Secret(fmt.Sprintf("%s-%d", canary, n)), Expiry: time.Now().Add(life)}, ctx.Err()
}

// process is a member with the cache that a program has.
type process struct {
	*member
	source *fob.CachedSource
}

// fleet is processes, two a machine, and who mints for them.
type fleet struct {
	*world
	issuer    issuer
	processes []*process
}

func newFleet(t *testing.T, size int) *fleet {
	f := &fleet{world: newWorld()}
	var near *fob.Memory
	for i := range size {
		if i%2 == 0 {
			near = new(fob.Memory)
		}
		f.processes = append(f.processes, f.process(t, near))
	}
	return f
}

func (f *fleet) process(t *testing.T, near fob.Store) *process {
	m := f.join(t, near)
	cache := &fob.Cache{Store: m.Store}
	t.Cleanup(func() { cache.Close(context.Background()) })
	return &process{m, cache.Source(fob.Key{Client: "c"}, &f.issuer)}
}

// ask has all ask at once, none wait for longer than that, and none in vain.
func (f *fleet) ask(t *testing.T, patience time.Duration) {
	t.Helper()
	var wg sync.WaitGroup
	for i, p := range f.processes {
		wg.Go(func() {
			start := time.Now()
			if _, err := p.source.Token(t.Context()); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
			if took := time.Since(start); took > patience {
				t.Errorf("process %d waited %v, want at most %v", i, took, patience)
			}
		})
	}
	wg.Wait()
}

func (f *fleet) wantMints(t *testing.T, want int32) {
	t.Helper()
	if got := f.issuer.mints.Load(); got != want {
		t.Errorf("%d mints, want %d", got, want)
	}
}

// tokens is how many different tokens the processes have in memory.
func (f *fleet) tokens() int {
	different := make(map[fob.Secret]bool)
	for _, p := range f.processes {
		tok, _ := p.source.Held()
		different[tok.Access] = true
	}
	return len(different)
}

func (f *fleet) wantTokens(t *testing.T, want int) {
	t.Helper()
	if got := f.tokens(); got != want {
		t.Errorf("%d different tokens, want %d", got, want)
	}
}

func TestTwentyProcessesCostAMintALifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		for range 10 {
			f.ask(t, time.Second)
			f.wantTokens(t, 1)
			time.Sleep(life)
		}
		f.wantMints(t, 10)
	})
}

func TestAPartitionCostsAMintAMachineOnTheOtherSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		f.ask(t, time.Second)
		time.Sleep(life)
		for _, p := range f.processes[10:] {
			p.link.Cut()
		}
		f.ask(t, 1100*time.Millisecond) // to find out, to hesitate, to mint
		f.wantMints(t, 1+1+5)
		for _, p := range f.processes[10:] {
			p.wantWarnings(t, 1)
			p.link.Mend()
		}
		time.Sleep(2 * time.Second)
		f.wantTokens(t, 1)
		f.wantMints(t, 1+1+5)
	})
}

func TestAFarThatIsBusyWithAWholeFleetsLooksIsNotAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		f.ask(t, time.Second)
		first, name := f.processes[0].source, fob.Key{Client: "c"}.Name()
		before := f.server.At(name).Number
		go first.Renew(t.Context(), first.Kept(t.Context()))
		for f.server.At(name).Number == before {
			time.Sleep(time.Microsecond)
		}
		f.server.Stop() // as if it had its hands full of the looks that are on their way now
		time.Sleep(3 * time.Second)
		f.server.Resume()
		time.Sleep(2 * time.Second)
		f.wantTokens(t, 1)
		for _, p := range f.processes[1:] {
			p.wantWarnings(t, 0)
		}
	})
}

func TestAMachineFullOfProcessesMintsOnceWithoutFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, near := newFleet(t, 0), new(fob.Memory)
		for range 50 {
			f.processes = append(f.processes, f.process(t, near))
		}
		f.server.Stop()
		f.ask(t, 1100*time.Millisecond)
		f.wantMints(t, 1)
		f.wantTokens(t, 1)
	})
}

func TestARevocationReachesAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		f.ask(t, time.Second)
		time.Sleep(time.Minute)
		revoked, _ := f.processes[7].source.Held()
		f.processes[7].source.Invalidate(t.Context(), revoked)
		if _, err := f.processes[7].source.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
		for i, p := range f.processes {
			if tok, _ := p.source.Held(); tok.Access == revoked.Access {
				t.Errorf("process %d has the revoked token yet", i)
			}
		}
		f.ask(t, 10*time.Millisecond) // a round trip
		f.wantTokens(t, 1)
		f.wantMints(t, 2)
	})
}

func TestAHolderThatDiesInItsMintIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		dead := f.join(t, nil)
		l, err := dead.Lease(t.Context(), f.processes[0].source.Name())
		if err != nil {
			t.Fatal(err)
		}
		dead.link.Cut()
		f.ask(t, 2200*time.Millisecond)
		f.wantMints(t, 1)
		l.Release()
	})
}

func TestNoFaultOfTheServerFailsACall(t *testing.T) {
	for name, fault := range map[string]func(*fleet){
		"flush":    func(f *fleet) { f.server.Flush() },
		"killed":   func(f *fleet) { f.server.Kill(); time.Sleep(5 * time.Second); f.server.Restart(true) },
		"emptied":  func(f *fleet) { f.server.Kill(); time.Sleep(5 * time.Second); f.server.Restart(false) },
		"hangs":    func(f *fleet) { f.server.Stop(); time.Sleep(10 * time.Second); f.server.Resume() },
		"rollback": func(f *fleet) { f.server.Rollback() },
		"evicted":  func(f *fleet) { f.server.Evict(f.processes[0].source.Name()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(t, 20)
				f.ask(t, time.Second)
				f.server.Save()
				go fault(f)
				for range 20 {
					f.ask(t, 0) // from memory
					time.Sleep(time.Second)
				}
				newcomer := f.process(t, nil)
				if _, err := newcomer.source.Token(t.Context()); err != nil {
					t.Error(err)
				}
				f.wantTokens(t, 1)
				f.wantMints(t, 1)
			})
		})
	}
}

func TestAMemberWithAWrongKeyMintsForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		f.ask(t, time.Second)
		stranger := f.process(t, nil)
		stranger.Sealer = seal.NewKey()
		for range 3 {
			if _, err := stranger.source.Token(t.Context()); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
		}
		f.wantMints(t, 2)
		f.wantTokens(t, 1)
		stranger.wantWarnings(t, 1)
	})
}

func TestALeaseIsRenewedInTimeHoweverLongItsHolderWouldWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 2)
		f.ask(t, time.Second)
		source := f.processes[0].source
		tok, _ := source.Held()
		time.Sleep(time.Until(tok.Expiry.Add(-time.Minute))) // stale: a call begins a mint that nobody waits for
		f.issuer.slow = 3 * time.Second
		f.ask(t, 0)
		time.Sleep(time.Second)
		f.server.Stop()
		time.Sleep(1800 * time.Millisecond) // longer than a lease
		f.server.Resume()
		time.Sleep(10 * time.Second)
		f.wantTokens(t, 1)
		f.wantMints(t, 2)
	})
}
