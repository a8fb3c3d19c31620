package otelfob_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/otelfob"
	"github.com/fobkit/fob/transport"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

func Example() {
	grant := oauth.ClientCredentials{Client: &oauth.Client{Issuer: "https://login.example.com", ClientID: "report-job", Auth: oauth.None{}}}

	telemetry, err := otelfob.New(otelfob.Options{}) // otel's global providers
	if err != nil {
		log.Fatal(err)
	}
	cache := &fob.Cache{Trace: telemetry.Trace(fob.Trace{})}
	rt, err := transport.New(transport.Config{
		Source:  telemetry.Source(cache.Source(grant.Key(), grant)),
		Hosts:   []string{"api.example.com"},
		Retry:   telemetry.Retry(middleware.Retry{}),
		Breaker: telemetry.Breaker(middleware.Breaker{}),
	})
	fmt.Println(rt != nil, err)
	// Output: true <nil>
}

func ExampleTelemetry_Source() {
	reader := sdk.NewManualReader()
	telemetry, err := otelfob.New(otelfob.Options{
		MeterProvider: sdk.NewMeterProvider(sdk.WithReader(reader)),
		Label:         func(string) string { return "reports" },
	})
	if err != nil {
		log.Fatal(err)
	}
	source := telemetry.Source(new(fob.Cache).Source(fob.Key{Client: "report-job"},
		fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
			return fob.Token{Access: "a", Expiry: time.Now().Add(time.Hour)}, nil
		})))
	for range 3 {
		if _, err := source.Token(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	var told metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &told); err != nil {
		log.Fatal(err)
	}
	for _, m := range told.ScopeMetrics[0].Metrics {
		if requests, ok := m.Data.(metricdata.Sum[int64]); ok {
			for _, p := range requests.DataPoints {
				if result, _ := p.Attributes.Value("fob.result"); p.Value > 0 {
					fmt.Println(m.Name, result.AsString(), p.Value)
				}
			}
		}
	}
	// Unordered output:
	// fob.token.requests waited 1
	// fob.token.requests fresh 2
}
