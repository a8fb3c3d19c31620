package otelfob_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/otelfob"
	"github.com/fobkit/fob/transport"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const canary = "fob-canary-7f3a9c"

// station is a Telemetry with all that it told.
type station struct {
	*otelfob.Telemetry
	reader *sdkmetric.ManualReader
	spans  *tracetest.InMemoryExporter
	tracer *sdktrace.TracerProvider
}

func newStation(t testing.TB, label func(string) string) *station {
	t.Helper()
	s := &station{reader: sdkmetric.NewManualReader(), spans: tracetest.NewInMemoryExporter()}
	s.tracer = sdktrace.NewTracerProvider(sdktrace.WithSyncer(s.spans))
	var err error
	s.Telemetry, err = otelfob.New(otelfob.Options{
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.reader)),
		TracerProvider: s.tracer,
		Label:          label,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func acme(string) string { return "acme" }

// told is each series with its value, or the count of a histogram.
func (s *station) told(t *testing.T) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := s.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	told := make(map[string]float64)
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			add := func(set attribute.Set, v float64) {
				told[m.Name+"{"+set.Encoded(attribute.DefaultEncoder())+"}"] = v
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Value))
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Count))
				}
			default:
				t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return told
}

func (s *station) wantTold(t *testing.T, want map[string]float64) {
	t.Helper()
	told := s.told(t)
	for series, v := range want {
		if got, ok := told[series]; !ok || got != v {
			t.Errorf("%s is %v (%v), want %v; all: %v", series, got, ok, v, told)
		}
	}
}

// hourly is a grant of tokens that live for an hour, one another each time.
func hourly() fob.Grant {
	n := 0
	return fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
		n++
		time.Sleep(time.Second) // of a fake clock
		return fob.Token{Access: fob.Secret(fmt.Sprint(canary, n)), Expiry: time.Now().Add(time.Hour)}, nil
	})
}

func TestAnswersAreCountedByHowTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t, acme)
		cache := &fob.Cache{Trace: s.Trace(fob.Trace{})}
		src := s.Source(cache.Source(fob.Key{Client: "c"}, hourly()))
		ask := func() {
			t.Helper()
			if _, err := src.Token(t.Context()); err != nil {
				t.Error(err)
			}
		}
		ask()
		ask()
		ask()
		time.Sleep(10 * time.Minute)
		s.wantTold(t, map[string]float64{
			"fob.token.requests{fob.key=acme,fob.result=waited}":        1,
			"fob.token.requests{fob.key=acme,fob.result=fresh}":         2,
			"fob.token.requests{fob.key=acme,fob.result=stale}":         0,
			"fob.token.requests{fob.key=acme,fob.result=failed}":        0,
			"fob.token.age{fob.key=acme}":                               601,
			"fob.token.remaining{fob.key=acme}":                         3000,
			"fob.token.wait.duration{fob.key=acme}":                     1,
			"fob.mints{fob.key=acme,fob.mint.reason=none kept}":         1,
			"fob.lock.wait.duration{fob.key=acme}":                      1,
			"fob.mint.duration{fob.key=acme,fob.mint.reason=none kept}": 1,
		})
		time.Sleep(49*time.Minute + 30*time.Second)
		ask() // half a minute before it expires
		synctest.Wait()
		time.Sleep(2 * time.Second)
		if _, err := src.TokenLasting(t.Context(), time.Minute); err != nil {
			t.Error(err)
		}
		s.wantTold(t, map[string]float64{
			"fob.token.requests{fob.key=acme,fob.result=stale}":       1,
			"fob.token.requests{fob.key=acme,fob.result=fresh}":       3,
			"fob.mints{fob.key=acme,fob.mint.reason=about to expire}": 1,
		})
	})
}

func TestATokenThatIsNotThereHasNoAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t, acme)
		src := s.Source(new(fob.Cache).Source(fob.Key{Client: "c"}, hourly()))
		if _, err := src.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour) // and nobody asks
		for series := range s.told(t) {
			if strings.HasPrefix(series, "fob.token.age") || strings.HasPrefix(series, "fob.token.remaining") {
				t.Errorf("%s is told of a token that has expired", series)
			}
		}
	})
}

func TestKeysOfOneLabelAreToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t, acme)
		cache := new(fob.Cache)
		for i, client := range []string{"a", "b", "b"} {
			time.Sleep(time.Duration(i) * time.Minute)
			if _, err := s.Source(cache.Source(fob.Key{Client: client}, hourly())).Token(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		s.wantTold(t, map[string]float64{
			"fob.token.requests{fob.key=acme,fob.result=waited}": 2,
			"fob.token.requests{fob.key=acme,fob.result=fresh}":  1,
			"fob.token.age{fob.key=acme}":                        182,        // the older one's
			"fob.token.remaining{fob.key=acme}":                  3600 - 181, // the one's that ends first
		})
	})
}

// refusal is an error with a server's text, and with a secret in it.
type refusal struct{ outcome fob.Outcome }

func (r refusal) Error() string        { return "the server says " + canary }
func (r refusal) Outcome() fob.Outcome { return r.outcome }

func TestFailuresAreToldByKindAndWithoutAWordOfAnybodys(t *testing.T) {
	for want, err := range map[string]error{
		"transient":      errors.New("text with " + canary),
		"terminal":       refusal{fob.Terminal},
		"local":          refusal{fob.Local},
		"in_doubt":       refusal{fob.InDoubt},
		"login_required": fmt.Errorf("%w: %s", fob.ErrLoginRequired, canary),
		"timeout":        fmt.Errorf("%s: %w", canary, context.DeadlineExceeded),
		"canceled":       fmt.Errorf("%s: %w", canary, context.Canceled),
		"no_token":       nil,
	} {
		t.Run(want, func(t *testing.T) {
			s := newStation(t, acme)
			cache := &fob.Cache{Trace: s.Trace(fob.Trace{})}
			src := s.Source(cache.Source(fob.Key{Client: "c"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
				return fob.Token{}, err
			})))
			if _, err := src.Token(t.Context()); err == nil {
				t.Fatal("got a token")
			}
			s.wantTold(t, map[string]float64{
				"fob.mints{error.type=" + want + ",fob.key=acme,fob.mint.reason=none kept}": 1,
				"fob.token.requests{fob.key=acme,fob.result=failed}":                        1,
			})
			spans := s.spans.GetSpans()
			if text := fmt.Sprintf("%+v %v", spans, s.told(t)); strings.Contains(text, canary) {
				t.Error("the text of an error was told")
			}
			if got := spans[1].Status.Description; spans[1].Name != "fob.mint" || got != want {
				t.Errorf("the span %s ended with %q, want fob.mint and %q", spans[1].Name, got, want)
			}
		})
	}
}

func TestAMintLiesInTheTraceOfWhoWaitsForItAndTheGrantsRequestsInTheMints(t *testing.T) {
	s := newStation(t, acme)
	tracer := s.tracer.Tracer("test")
	cache := &fob.Cache{Trace: s.Trace(fob.Trace{})}
	src := s.Source(cache.Source(fob.Key{Client: "c"}, fob.GrantFunc(func(ctx context.Context, _ fob.Token) (fob.Token, error) {
		_, post := tracer.Start(ctx, "POST")
		defer post.End()
		return fob.Token{Access: canary}, nil
	})))
	ctx, call := tracer.Start(t.Context(), "call")
	if _, err := src.Token(ctx); err != nil {
		t.Fatal(err)
	}
	call.End()
	names := make(map[string]string)
	for _, span := range s.spans.GetSpans() {
		names[span.SpanContext.SpanID().String()] = span.Name
	}
	var got []string
	for _, span := range s.spans.GetSpans() {
		got = append(got, names[span.Parent.SpanID().String()]+">"+span.Name)
	}
	if got, want := strings.Join(got, " "), "fob.token>fob.lock fob.mint>POST fob.token>fob.mint call>fob.token >call"; got != want {
		t.Errorf("spans %s, want %s", got, want)
	}
}

// TestANextTraceIsToldOfEverything has each hook of fob.Trace, those of later versions too, called through.
func TestANextTraceIsToldOfEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(map[string]bool)
		hear := func(what string) { told[what] = true }
		next := fob.Trace{
			Wait:   func(context.Context, string) func(error) { return func(error) { hear("Wait") } },
			Waited: func(string, time.Duration, error) { hear("Waited") },
			Mint: func(ctx context.Context, _ string, _ fob.Why) (context.Context, func(fob.Token, error)) {
				return ctx, func(fob.Token, error) { hear("Mint") }
			},
			MintStart:  func(string, fob.Why) { hear("MintStart") },
			MintDone:   func(string, fob.Token, time.Duration, error) { hear("MintDone") },
			Dropped:    func(string) { hear("Dropped") },
			Remembered: func(string, *fob.RememberedError) { hear("Remembered") },
			Warning:    func(string, error) { hear("Warning") },
		}
		s := newStation(t, acme)
		var failing error
		cache := &fob.Cache{Store: brokenStore{}, Trace: s.Trace(next)}
		src := cache.Source(fob.Key{Client: "c"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
			return fob.Token{Access: canary}, failing
		}))
		tok, err := src.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Invalidate(t.Context(), tok); err != nil {
			t.Fatal(err)
		}
		failing = errors.New("down")
		for range 2 {
			if _, err := src.Token(t.Context()); err == nil {
				t.Fatal("got a token")
			}
		}
		for _, what := range []string{"Wait", "Waited", "Mint", "MintStart", "MintDone", "Dropped", "Remembered", "Warning"} {
			if !told[what] {
				t.Errorf("%s was not called", what)
			}
		}
		s.wantTold(t, map[string]float64{
			"fob.token.drops{fob.key=acme}":                       1,
			"fob.mint.skipped{error.type=transient,fob.key=acme}": 1,
			"fob.warnings{error.type=transient,fob.key=acme}":     1,
		})
	})
}

// brokenStore is a Store that keeps nothing.
type brokenStore struct{}

var errBroken = errors.New("broken")

func (brokenStore) Get(context.Context, string) ([]byte, error) { return nil, errBroken }
func (brokenStore) Put(context.Context, string, []byte) error   { return errBroken }
func (brokenStore) Delete(context.Context, string) error        { return errBroken }

// api answers with these statuses in turn, and goes on with the last.
type api struct{ statuses []int }

func (a *api) RoundTrip(req *http.Request) (*http.Response, error) {
	status := a.statuses[0]
	if len(a.statuses) > 1 {
		a.statuses = a.statuses[1:]
	}
	return &http.Response{StatusCode: status, Header: make(http.Header), Body: http.NoBody, Request: req}, nil
}

func TestARefreshARetryAndAnOpenCircuitOfATransportAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t, acme)
		cache := &fob.Cache{Trace: s.Trace(fob.Trace{})}
		var retried, changed int
		rt, err := transport.New(transport.Config{
			Base:    &api{[]int{200, 401, 200, 503, 200, 503}},
			Source:  s.Source(cache.Source(fob.Key{Client: "c"}, hourly())),
			Hosts:   []string{"api.example.com"},
			Retry:   s.Retry(middleware.Retry{Retried: func(context.Context, middleware.Retried) { retried++ }}),
			Breaker: s.Breaker(middleware.Breaker{Changed: func(middleware.Change) { changed++ }}),
		})
		if err != nil {
			t.Fatal(err)
		}
		get := func(want int) {
			t.Helper()
			ctx, call := s.tracer.Tracer("test").Start(t.Context(), "call")
			defer call.End()
			req, err := http.NewRequestWithContext(ctx, "GET", "https://api.example.com/v1?secret="+canary, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := rt.RoundTrip(req)
			if open := new(middleware.OpenError); errors.As(err, &open) && want == 0 {
				return
			}
			if err != nil || resp.StatusCode != want {
				t.Errorf("got %v, %v, want status %d", resp, err, want)
			}
			time.Sleep(time.Minute) // no token is young, and no window has two calls
		}
		get(200)
		get(200) // after a 401
		get(200) // after a 503
		server := "server.address=api.example.com,server.port=443"
		s.wantTold(t, map[string]float64{
			"fob.token.drops{fob.key=acme}":                               1,
			"fob.mints{fob.key=acme,fob.mint.reason=refused by a server}": 1,
			"fob.token.requests{fob.key=acme,fob.result=waited}":          2,
			"fob.token.requests{fob.key=acme,fob.result=fresh}":           3,
			"fob.retries{error.type=503," + server + "}":                  1,
		})
		get(503)
		get(503)
		get(0) // the tenth failure in a row has opened the circuit
		s.wantTold(t, map[string]float64{
			"fob.breaker.changes{fob.breaker.state=open," + server + "}":  1,
			"fob.breaker.circuits{fob.breaker.state=open," + server + "}": 1,
		})
		if now := s.told(t)["fob.retries{error.type=503,"+server+"}"]; retried != int(now) || changed != 1 {
			t.Errorf("the hooks underneath heard of %d retries and %d changes, want %v and 1", retried, changed, now)
		}
		events := 0
		for _, span := range s.spans.GetSpans() {
			events += len(span.Events)
		}
		if text := fmt.Sprintf("%+v %v", s.spans.GetSpans(), s.told(t)); events != retried || strings.Contains(text, canary) {
			t.Errorf("%d events in spans, want %d, and no secret", events, retried)
		}
		time.Sleep(time.Minute)
		get(0) // let through, refused, and open again
		s.wantTold(t, map[string]float64{
			"fob.breaker.circuits{fob.breaker.state=open," + server + "}":      1,
			"fob.breaker.circuits{fob.breaker.state=half-open," + server + "}": 0,
		})
	})
}

func TestThePageHasARowForEachInstrument(t *testing.T) {
	page, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	names := new(ledger)
	if _, err := otelfob.New(otelfob.Options{MeterProvider: provider{ledger: names}}); err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(page), "\n## Metrics\n")
	rows, _, _ = strings.Cut(rows, "\n## ")
	for _, name := range names.names {
		if !strings.Contains(rows, "\n| `"+name+"` |") {
			t.Errorf("observability.md has no row for %s", name)
		}
	}
	if n := strings.Count(rows, "\n| `fob."); n != len(names.names) {
		t.Errorf("%d rows for %d instruments", n, len(names.names))
	}
}
