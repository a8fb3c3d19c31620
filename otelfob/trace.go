package otelfob

import (
	"context"
	"time"

	"github.com/fobkit/fob"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Trace is a Cache's Trace that tells of what t counts, and next of all.
//
// Each mint is a span, and so is each wait for a key's lock. Both lie in the trace of the caller who began them; the mint of a stale token's
// successor may outlast that caller's own span. A Grant's requests, if its client traces them, lie in the mint's.
func (t *Telemetry) Trace(next fob.Trace) fob.Trace {
	all := next
	all.Wait = t.waits(next.Wait)
	all.Mint = t.mintsThen(next.Mint)
	all.Remembered = both(func(name string, err *fob.RememberedError) { count(t.skipped, with(err, t.key(name))...) }, next.Remembered)
	all.Warning = both(func(name string, err error) { count(t.warnings, with(err, t.key(name))...) }, next.Warning)
	all.Dropped = func(name string) {
		if count(t.drops, t.key(name)); next.Dropped != nil {
			next.Dropped(name)
		}
	}
	return all
}

func count(c metric.Int64Counter, attrs ...attribute.KeyValue) {
	c.Add(context.Background(), 1, metric.WithAttributes(attrs...))
}

func both[E error](f, next func(string, E)) func(string, E) {
	if next == nil {
		return f
	}
	return func(name string, err E) { f(name, err); next(name, err) }
}

func (t *Telemetry) waits(next func(context.Context, string) func(error)) func(context.Context, string) func(error) {
	return func(ctx context.Context, name string) func(error) {
		_, done := t.begin(ctx, "fob.lock", t.lockTime, t.key(name))
		if next == nil {
			return done
		}
		nextDone := next(ctx, name)
		return func(err error) { nextDone(err); done(err) }
	}
}

type mintHook = func(context.Context, string, fob.Why) (context.Context, func(fob.Token, error))

func (t *Telemetry) mintsThen(next mintHook) mintHook {
	if next == nil {
		return t.mint
	}
	return func(ctx context.Context, name string, why fob.Why) (context.Context, func(fob.Token, error)) {
		ctx, done := t.mint(ctx, name, why)
		ctx, nextDone := next(ctx, name, why)
		return ctx, func(tok fob.Token, err error) { nextDone(tok, err); done(tok, err) }
	}
}

func (t *Telemetry) mint(ctx context.Context, name string, why fob.Why) (context.Context, func(fob.Token, error)) {
	key, reason := t.key(name), reasonKey.String(string(why))
	ctx, done := t.begin(ctx, "fob.mint", t.mintTime, key, reason)
	return ctx, func(tok fob.Token, err error) {
		if err == nil && tok.Access == "" {
			err = errNoToken // of a Grant that panicked, or gave none
		}
		t.mints.Add(ctx, 1, metric.WithAttributes(with(err, key, reason)...))
		done(err)
	}
}

// begin begins a span of that name, which done ends; took is told how long it was, under the same attributes.
func (t *Telemetry) begin(ctx context.Context, name string, took metric.Float64Histogram, attrs ...attribute.KeyValue) (_ context.Context, done func(error)) {
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(attrs...))
	start := time.Now()
	return ctx, func(err error) {
		took.Record(ctx, time.Since(start).Seconds(), metric.WithAttributes(with(err, attrs...)...))
		if err != nil {
			span.SetAttributes(with(err)...)
			span.SetStatus(codes.Error, errorType(err))
		}
		span.End()
	}
}
