package tier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fobkit/fob"
)

// probeEvery is the shortest pause between two probes; the longest is twice that, so that a fleet does not march in step.
const probeEvery = 500 * time.Millisecond

// calm is how long Far must have served for the next outage to be another one.
const calm = 10 * time.Second

// slowest is by how many doublings a Far that refuses is probed less often.
const slowest = 3

// AwayError is a far store that does not serve.
type AwayError struct{ Err error }

func (e *AwayError) Error() string { return "shared store out of use: " + e.Err.Error() }

// Unwrap returns Err.
func (e *AwayError) Unwrap() error { return e.Err }

var (
	errSlow  = errors.New("no answer in time")
	errNoted = errors.New("no answer to another process")
)

// outage is the time for which Far is away, and then the memory of it. The zero outage is none.
type outage struct {
	err     *AwayError    // nil: it is not
	over    chan struct{} // closed when it is back
	probe   *time.Timer
	refused int       // probes that were, one after another
	ended   time.Time // it, or the one before
}

// ask makes one call to Far, or none while it is away: then the error is an *AwayError.
func (s *Store) ask(ctx context.Context, call func(context.Context) error) error {
	s.look.Do(func() { s.readNote(ctx) })
	if away, _ := s.outage(); away != nil {
		return away
	}
	patience := s.patience(ctx)
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch err := call(limited); {
	case err == nil, errors.Is(err, fob.ErrLeaseLost), errors.Is(err, ErrOther):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx) // the caller's patience was at an end, not Far's time
	case errors.Is(err, context.DeadlineExceeded): // else Far has found words of its own
		return s.leave(ctx, fmt.Errorf("%w: %v", errSlow, patience))
	default:
		return s.leave(ctx, err)
	}
}

// unhurried is how much longer Far may take over a call that nobody waits for.
const unhurried = 8

// patience is how long Far may take over ctx's call. A whole fleet that looks at a new token at once is no outage, even where one Far takes a
// second over so many; if it were one, the probes of all would keep it from coming to an end.
func (s *Store) patience(ctx context.Context) time.Duration {
	if fob.Unhurried(ctx) {
		return unhurried * s.timeout()
	}
	return s.timeout()
}

// askFor is ask about the record of that name. It is left alone from then on if it is none of ours.
func (s *Store) askFor(ctx context.Context, name string, call func(context.Context) error) error {
	err := s.ask(ctx, call)
	if errors.Is(err, ErrOther) {
		s.judge(name, 0, err)
	}
	return err
}

// outage returns why Far is away, and what is closed when it is no more; nil and nil: it is not.
func (s *Store) outage() (*AwayError, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.err, s.out.over
}

func isAway(err error) bool {
	var away *AwayError
	return errors.As(err, &away)
}

// leave begins an outage, and says so, unless another call was faster, or the last one is hardly over: a Far may come and go.
func (s *Store) leave(ctx context.Context, err error) error {
	away := &AwayError{err}
	begun, news := s.begin(away)
	if begun {
		s.writeNote(ctx)
	}
	if news {
		s.warn(away)
	}
	return away
}

// begin reports whether it has begun an outage, and whether that is worth a word: not after Close, nor if it is the last one again.
func (s *Store) begin(away *AwayError) (begun, news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out.err != nil {
		return false, false
	}
	another := time.Since(s.out.ended) >= calm
	if another {
		s.out.refused = 0
	}
	s.out.err, s.out.over = away, make(chan struct{})
	s.probeLater(away.Err)
	return true, another && !s.closed
}

// probeLater has Far tried again after a pause: a longer one if it answers, and refuses. The caller holds mu.
func (s *Store) probeLater(err error) {
	if s.closed {
		return
	}
	s.out.refused++
	if !refusal(err) {
		s.out.refused = 0
	}
	least := probeEvery << min(s.out.refused, slowest)
	s.probing.Add(1)
	s.out.probe = time.AfterFunc(least+rand.N(least), s.probe)
}

func refusal(err error) bool {
	var r interface{ Refusal() bool }
	return errors.As(err, &r) && r.Refusal()
}

func (s *Store) probe() {
	defer s.probing.Done()
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout())
	defer cancel()
	if err := s.Far.Ping(ctx); err != nil && !errors.Is(err, ErrOther) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.probeLater(err)
		return
	}
	s.eraseNote(ctx)
	for _, changed := range s.end() {
		changed("")
	}
}

// end ends the outage, and returns who is to be told: after Close, nobody.
func (s *Store) end() []func(string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.out.over)
	s.out = outage{refused: s.out.refused, ended: time.Now()}
	if s.closed {
		return nil
	}
	return slices.Clone(s.watchers)
}
