package tier

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/fobkit/fob"
)

const (
	leaseLasts = 1500 * time.Millisecond
	renewEvery = 400 * time.Millisecond
)

// lease is this machine's own lock of a name, and, while Far serves, Far's lease of it.
type lease struct {
	store   *Store
	name    string
	before  uint64 // the number known when it was asked for
	unlock  func() // the machine's own
	lost    chan struct{}
	release func()             // once
	stop    context.CancelFunc // ends the renewals,
	stopped chan struct{}      // which is closed then

	// Of whoever takes the lease, then of who renews it, then of who releases it.
	granted bool      // by Far, at one time
	alone   bool      // Far was away when last asked
	until   time.Time // by the monotonic clock: before this nobody else has it

	mu    sync.Mutex
	claim Claim
}

// Lock is Lease, for who does not ask whether it was lost.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	l, err := s.Lease(ctx, name)
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// Lease waits until it holds this machine's own lock, and then Far's lease, which lasts for 1.5 s and is renewed every 400 ms. While Far is away,
// or the record is another's, the machine's own lock is all there is: then it waits for up to 500 ms at random, and grants no more
// than two leases a name in 10 s; but to who finds when it has the lock that another process of this machine has written, at once. A lease is not lost because Far is away, but as soon as Far is back, and has granted it to another.
func (s *Store) Lease(ctx context.Context, name string) (fob.Lease, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	before := s.known(ctx, name)
	unlock, err := s.lockNear(ctx, name)
	if err != nil {
		return nil, err
	}
	l := s.newLease(name, unlock)
	l.before = before
	if err := l.take(ctx); err != nil {
		unlock()
		return nil, err
	}
	ctx, l.stop = context.WithCancel(context.Background()) // not the caller's, who may be in no hurry: the lease is
	go l.keep(ctx)
	return l, nil
}

func (s *Store) newLease(name string, unlock func()) *lease {
	l := &lease{store: s, name: name, unlock: unlock, lost: make(chan struct{}), stopped: make(chan struct{})}
	l.claim.ID = rand.Text()
	l.release = sync.OnceFunc(l.giveUp)
	return l
}

// Put writes the record, to Far only if nobody has written there since the lease began.
func (l *lease) Put(ctx context.Context, data []byte) error {
	select {
	case <-l.lost:
		return fob.ErrLeaseLost
	default:
	}
	number, err := l.store.put(ctx, l.name, data, l.terms())
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.claim.Number = number
	}
	return err
}

func (l *lease) terms() Claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.claim
}

func (l *lease) Lost() <-chan struct{} { return l.lost }

func (l *lease) Release() { l.release() }

func (l *lease) giveUp() {
	l.stop()
	<-l.stopped
	if l.granted {
		l.endAtFar(context.Background())
	}
	l.unlock()
}

// endAtFar ends the lease at Far. If that fails, it ends by itself.
func (l *lease) endAtFar(ctx context.Context) {
	l.store.ask(ctx, func(ctx context.Context) error { return l.store.Far.Release(ctx, l.name, l.terms().ID) })
}

// keep renews the lease until ctx ends, or it is lost.
func (l *lease) keep(ctx context.Context) {
	defer close(l.stopped)
	for sleep(ctx, renewEvery, nil) == nil {
		if !l.renew(context.WithoutCancel(ctx)) {
			close(l.lost)
			return
		}
	}
}

// renew reports whether the lease is still ours.
func (l *lease) renew(ctx context.Context) bool {
	if !l.alone && !time.Now().Before(l.until) {
		return false // this process has slept, or stood still
	}
	_, left, err := l.acquire(ctx)
	l.alone = err != nil
	return l.alone || left == 0
}

// begin is acquire with who asks, and since when, and with the number that the record has then.
func (l *lease) begin(ctx context.Context) (left time.Duration, err error) {
	l.claim.Holder = l.store.sealHolder(l.name, time.Now())
	l.claim.Number, left, err = l.acquire(ctx)
	return left, err
}

// acquire is one question to Far. It must not be cut short: a lease that was granted to nobody would keep all others waiting.
func (l *lease) acquire(ctx context.Context) (number uint64, left time.Duration, err error) {
	if err := l.store.barred(l.name); err != nil {
		return 0, 0, err
	}
	claim, asked := l.terms(), time.Now()
	err = l.store.askFor(ctx, l.name, func(ctx context.Context) (err error) {
		number, left, err = l.store.Far.Acquire(ctx, l.name, claim, leaseLasts)
		return err
	})
	if err != nil || left > 0 {
		return number, left, err
	}
	l.granted, l.until = true, asked.Add(leaseLasts)
	return number, max(0, -time.Until(l.until)), nil // an answer that came too late grants nothing
}
