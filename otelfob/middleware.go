package otelfob

import (
	"context"
	"slices"

	"github.com/fobkit/fob/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Retry is r with its attempts counted as they are added. Each is also an event of the span that the call's ctx carries. r's own hook is told next.
func (t *Telemetry) Retry(r middleware.Retry) middleware.Retry {
	next := r.Retried
	r.Retried = func(ctx context.Context, again middleware.Retried) {
		attrs := append(server(again.Origin), errorKey.String(failure(again)))
		t.retries.Add(ctx, 1, metric.WithAttributes(attrs...))
		attrs = append(attrs, resendKey.Int(again.Attempt-1), waitKey.Float64(again.Wait.Seconds()))
		trace.SpanFromContext(ctx).AddEvent("fob.retry", trace.WithAttributes(attrs...))
		if next != nil {
			next(ctx, again)
		}
	}
	return r
}

// Breaker is b with the changes of its circuits counted, and how many are open or half-open. b's own hook is told next.
func (t *Telemetry) Breaker(b middleware.Breaker) middleware.Breaker {
	next := b.Changed
	b.Changed = func(c middleware.Change) {
		if t.changed(c); next != nil {
			next(c)
		}
	}
	return b
}

// changed counts only circuits that are not closed: of a closed one nobody hears before it opens.
func (t *Telemetry) changed(c middleware.Change) {
	in := func(s middleware.State) metric.MeasurementOption {
		return metric.WithAttributes(slices.Concat(server(c.Origin), []attribute.KeyValue{stateKey.String(string(s))})...)
	}
	ctx := context.Background()
	t.changes.Add(ctx, 1, in(c.To))
	if c.From != middleware.Closed {
		t.circuits.Add(ctx, -1, in(c.From))
	}
	if c.To != middleware.Closed {
		t.circuits.Add(ctx, 1, in(c.To))
	}
}
