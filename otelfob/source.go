package otelfob

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"go.opentelemetry.io/otel/metric"
)

// Source is a CachedSource whose answers are counted: fresh, stale, waited for, failed. The fresh and the stale cost an addition, and OpenTelemetry
// reads the sums when it collects; a wait is a span. How old the token is, is told as long as there is a valid one in memory.
type Source struct {
	*fob.CachedSource
	telemetry *Telemetry
	tally     *tally
}

var (
	_ fob.Source             = (*Source)(nil)
	_ middleware.Invalidator = (*Source)(nil)
)

// tally is what was counted of one label's sources.
type tally struct {
	fresh, stale, waited, failed atomic.Int64

	sources map[string]*fob.CachedSource // by record name; guarded by Telemetry.mu
}

// Source counts what src is asked for.
func (t *Telemetry) Source(src *fob.CachedSource) *Source {
	label := t.label(src.Name())
	t.mu.Lock()
	defer t.mu.Unlock()
	y := t.tallies[label]
	if y == nil {
		y = &tally{sources: make(map[string]*fob.CachedSource)}
		t.tallies[label] = y
	}
	y.sources[src.Name()] = src
	return &Source{src, t, y}
}

// Token is the CachedSource's.
func (s *Source) Token(ctx context.Context) (fob.Token, error) {
	switch tok, fresh := s.Held(); {
	case fresh:
		s.tally.fresh.Add(1)
		return tok, nil
	case tok.Access != "":
		s.tally.stale.Add(1)
		return s.CachedSource.Token(ctx)
	}
	return s.wait(ctx, s.CachedSource.Token)
}

// TokenLasting is the CachedSource's.
func (s *Source) TokenLasting(ctx context.Context, least time.Duration) (fob.Token, error) {
	if tok, _ := s.Held(); tok.Lasts(time.Now(), least) {
		return s.Token(ctx)
	}
	return s.wait(ctx, func(ctx context.Context) (fob.Token, error) { return s.CachedSource.TokenLasting(ctx, least) })
}

// wait is the way of a caller for whom memory has nothing.
func (s *Source) wait(ctx context.Context, token func(context.Context) (fob.Token, error)) (fob.Token, error) {
	ctx, done := s.telemetry.begin(ctx, "fob.token", s.telemetry.tokenTime, s.telemetry.key(s.Name()))
	tok, err := token(ctx)
	if done(err); err != nil {
		s.tally.failed.Add(1)
	} else {
		s.tally.waited.Add(1)
	}
	return tok, err
}

// observe is called when OpenTelemetry collects.
func (t *Telemetry) observe(_ context.Context, o metric.Observer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now().Round(0) // by the wall clock, as tokens expire
	for label, y := range t.tallies {
		key := keyKey.String(label)
		for result, n := range map[string]*atomic.Int64{"fresh": &y.fresh, "stale": &y.stale, "waited": &y.waited, "failed": &y.failed} {
			o.ObserveInt64(t.requests, n.Load(), metric.WithAttributes(key, resultKey.String(result)))
		}
		age, remaining := y.extremes(now)
		if age >= 0 {
			o.ObserveFloat64(t.age, age.Seconds(), metric.WithAttributes(key))
		}
		if remaining >= 0 {
			o.ObserveFloat64(t.remaining, remaining.Seconds(), metric.WithAttributes(key))
		}
	}
	return nil
}

// extremes are the age of the oldest token in memory, and what is left of the one that expires first. Negative: there is none.
func (y *tally) extremes(now time.Time) (age, remaining time.Duration) {
	age, remaining = -1, -1
	for _, src := range y.sources {
		tok, _ := src.Held()
		if tok.Access == "" {
			continue
		}
		if !tok.Issued.IsZero() {
			age = max(age, now.Sub(tok.Issued), 0) // another machine's clock may be ahead
		}
		if left := tok.Expiry.Sub(now); !tok.Expiry.IsZero() && (remaining < 0 || left < remaining) {
			remaining = max(left, 0)
		}
	}
	return age, remaining
}
