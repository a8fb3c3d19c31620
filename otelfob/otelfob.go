// Package otelfob tells OpenTelemetry what a cache and a transport do: how tokens are asked for and minted, how old they are, how long anybody
// waits, what is sent again and which circuits are open. Nothing else of this module knows OpenTelemetry.
//
//	telemetry, err := otelfob.New(otelfob.Options{})
//	cache := &fob.Cache{Trace: telemetry.Trace(fob.Trace{})}
//	rt, err := transport.New(transport.Config{
//		Source:  telemetry.Source(cache.Source(grant.Key(), grant)),
//		Hosts:   []string{"api.example.com"},
//		Retry:   telemetry.Retry(middleware.Retry{}),
//		Breaker: telemetry.Breaker(middleware.Breaker{}),
//	})
//
// Each of the four is of use alone. No attribute holds a secret, a URL or a word of a server's: each has few values, but for the label of a key and
// the address of a server, of which there are as many as the program uses.
package otelfob

import (
	"cmp"
	"errors"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/fobkit/fob/otelfob"

// Options say whom to tell, and under which names. The zero Options are what most programs want.
type Options struct {
	MeterProvider  metric.MeterProvider // nil: otel's global one, whenever that is set
	TracerProvider trace.TracerProvider // nil: likewise

	// Label is what is told as fob.key of the record of that name: a word for people, or one for many keys where a program has one a user.
	// Keys of one label are counted together, and the oldest of their tokens, and the one that ends first, is told. Nil: the name itself.
	Label func(name string) string
}

// Telemetry is what one program tells. It is safe for concurrent use, and goes on for the life of its MeterProvider.
type Telemetry struct {
	tracer trace.Tracer
	label  func(name string) string

	mints, skipped, drops, warnings, retries, changes metric.Int64Counter
	circuits                                          metric.Int64UpDownCounter
	mintTime, lockTime, tokenTime                     metric.Float64Histogram

	requests       metric.Int64ObservableCounter
	age, remaining metric.Float64ObservableGauge

	mu      sync.Mutex
	tallies map[string]*tally // by label
}

// New fails if the MeterProvider refuses an instrument.
func New(o Options) (*Telemetry, error) {
	t := &Telemetry{
		tracer:  cmp.Or(o.TracerProvider, otel.GetTracerProvider()).Tracer(scope),
		label:   o.Label,
		tallies: make(map[string]*tally),
	}
	if t.label == nil {
		t.label = func(name string) string { return name }
	}
	if err := t.instruments(cmp.Or(o.MeterProvider, otel.GetMeterProvider()).Meter(scope)); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Telemetry) instruments(m metric.Meter) error {
	b := builder{Meter: m}
	t.requests = b.observed("fob.token.requests", "{request}", "Tokens asked for, by how the answer came.")
	t.age = b.gauge("fob.token.age", "Time since the token in memory was issued.")
	t.remaining = b.gauge("fob.token.remaining", "Time until the token in memory expires.")
	t.tokenTime = b.seconds("fob.token.wait.duration", "How long callers without a valid token waited for one.")
	t.drops = b.counter("fob.token.drops", "{token}", "Tokens dropped since a server refused them.")
	t.mints = b.counter("fob.mints", "{mint}", "Tokens asked of an authorization server.")
	t.mintTime = b.seconds("fob.mint.duration", "How long the authorization server took.")
	t.skipped = b.counter("fob.mint.skipped", "{mint}", "Mints not tried, since one failed a moment ago.")
	t.lockTime = b.seconds("fob.lock.wait.duration", "How long a mint waited for the others who share the key.")
	t.warnings = b.counter("fob.warnings", "{warning}", "Trouble that no caller was told about.")
	t.retries = b.counter("fob.retries", "{retry}", "Attempts added to calls.")
	t.changes = b.counter("fob.breaker.changes", "{change}", "Changes of circuits, by the state they came to.")
	t.circuits = b.upDown("fob.breaker.circuits", "{circuit}", "Circuits that are not closed, by state.")
	_, err := m.RegisterCallback(t.observe, t.requests, t.age, t.remaining)
	return errors.Join(b.err, err)
}

// builder makes instruments, and keeps what went wrong.
type builder struct {
	metric.Meter
	err error
}

// bounds are those of semantic conventions for seconds, and up to a cache's patience; OpenTelemetry's own are for milliseconds.
var bounds = metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60)

func (b *builder) counter(name, unit, text string) metric.Int64Counter {
	i, err := b.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
	b.err = errors.Join(b.err, err)
	return i
}

func (b *builder) upDown(name, unit, text string) metric.Int64UpDownCounter {
	i, err := b.Int64UpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(text))
	b.err = errors.Join(b.err, err)
	return i
}

func (b *builder) observed(name, unit, text string) metric.Int64ObservableCounter {
	i, err := b.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(text))
	b.err = errors.Join(b.err, err)
	return i
}

func (b *builder) gauge(name, text string) metric.Float64ObservableGauge {
	i, err := b.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(text))
	b.err = errors.Join(b.err, err)
	return i
}

func (b *builder) seconds(name, text string) metric.Float64Histogram {
	i, err := b.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(text), bounds)
	b.err = errors.Join(b.err, err)
	return i
}

func (t *Telemetry) key(name string) attribute.KeyValue { return keyKey.String(t.label(name)) }
