package tier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fobkit/fob"
)

const (
	firstPause = 20 * time.Millisecond // before Far is asked again for a lease that another has; twice as long each time, up to
	lastPause  = 250 * time.Millisecond
	afterEnd   = 5 * time.Millisecond // and no longer than this after the other's lease would end

	alonePause  = 500 * time.Millisecond // the longest before a lease that Far does not grant,
	aloneLeases = 2                      // of which a process has no more than these, of one name,
	aloneWindow = 10 * time.Second       // in this time
)

// lockNear takes the name's lock of this process and, if Near has locks, of this machine.
func (s *Store) lockNear(ctx context.Context, name string) (unlock func(), err error) {
	here, err := s.memory.Lock(ctx, name)
	if err != nil {
		return nil, err
	}
	l, ok := s.Near.(fob.Locker)
	if !ok {
		return here, nil
	}
	machine, err := l.Lock(ctx, name)
	switch {
	case err == nil:
		return func() { machine(); here() }, nil
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		here()
		return nil, err
	}
	s.warnOnce("lock", fmt.Errorf("lock of this machine: %w", err))
	return here, nil
}

// take waits for the lease: from Far or, while Far is of no use, without it.
func (l *lease) take(ctx context.Context) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		left, err := l.try(ctx)
		switch {
		case err == nil && left == 0:
			return nil
		case err == nil:
			err = sleep(ctx, min(pause/2+rand.N(pause/2), left+afterEnd), nil)
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		default:
			err = l.takeAlone(ctx)
		}
		if err != nil || l.alone {
			return err
		}
	}
}

// try asks Far once, and waits for the answer until ctx ends. A lease that is granted after that is given back.
func (l *lease) try(ctx context.Context) (time.Duration, error) {
	type answer struct {
		left time.Duration
		err  error
	}
	answers := make(chan answer)
	go func() {
		left, err := l.begin(context.WithoutCancel(ctx))
		select {
		case answers <- answer{left, err}:
		case <-ctx.Done():
			if l.granted {
				l.endAtFar(context.WithoutCancel(ctx))
			}
		}
	}()
	select {
	case a := <-answers:
		return a.left, a.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// takeAlone waits until this process may mint without Far, which is so when alone is set, or Far is back.
func (l *lease) takeAlone(ctx context.Context) error {
	s := l.store
	_, over := s.outage()
	if over == nil && s.barred(l.name) == nil {
		return nil
	}
	if number := s.known(ctx, l.name); number > l.before { // there is a token: who asks for a lease looks for one first
		l.alone, l.claim.Number = true, number
		return nil
	}
	if err := sleep(ctx, s.untilAlone(l.name), over); err != nil {
		return err
	}
	if _, still := s.outage(); still == nil && s.barred(l.name) == nil {
		return nil
	}
	s.countAlone(l.name)
	l.alone, l.claim.Number = true, s.known(ctx, l.name)
	return nil
}

// untilAlone is a pause at random, so that the machines that miss Far do not mint at once; or a longer one after too many leases.
func (s *Store) untilAlone(name string) time.Duration {
	pause := rand.N(alonePause)
	s.mu.Lock()
	defer s.mu.Unlock()
	if taken := s.mints[name]; len(taken) == aloneLeases {
		pause = max(pause, time.Until(taken[0].Add(aloneWindow)))
	}
	return pause
}

func (s *Store) countAlone(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := append(s.mints[name], time.Now())
	set(&s.mints, name, taken[max(0, len(taken)-aloneLeases):])
}

// sleep waits for d, or until over is closed; or ctx ends, whose error it returns.
func sleep(ctx context.Context, d time.Duration, over <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}
