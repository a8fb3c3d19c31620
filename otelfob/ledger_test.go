package otelfob_test

import (
	"errors"
	"testing"

	"github.com/fobkit/fob/otelfob"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// ledger notes the names of all instruments, and refuses one of them.
type ledger struct {
	noop.Meter
	names  []string
	refuse string
}

var errRefused = errors.New("refused")

func (l *ledger) note(name string) error {
	if l.names = append(l.names, name); name == l.refuse {
		return errRefused
	}
	return nil
}

func (l *ledger) Int64Counter(name string, _ ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return noop.Int64Counter{}, l.note(name)
}

func (l *ledger) Int64UpDownCounter(name string, _ ...metric.Int64UpDownCounterOption) (metric.Int64UpDownCounter, error) {
	return noop.Int64UpDownCounter{}, l.note(name)
}

func (l *ledger) Int64ObservableCounter(name string, _ ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return noop.Int64ObservableCounter{}, l.note(name)
}

func (l *ledger) Float64ObservableGauge(name string, _ ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	return noop.Float64ObservableGauge{}, l.note(name)
}

func (l *ledger) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return noop.Float64Histogram{}, l.note(name)
}

type provider struct {
	noop.MeterProvider
	*ledger
}

func (p provider) Meter(string, ...metric.MeterOption) metric.Meter { return p.ledger }

func TestAnInstrumentThatIsRefusedIsAnError(t *testing.T) {
	all := new(ledger)
	if _, err := otelfob.New(otelfob.Options{MeterProvider: provider{ledger: all}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range all.names {
		if _, err := otelfob.New(otelfob.Options{MeterProvider: provider{ledger: &ledger{refuse: name}}}); !errors.Is(err, errRefused) {
			t.Errorf("without %s: %v, want an error", name, err)
		}
	}
}
