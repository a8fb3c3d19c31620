package middleware_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/middleware"
)

// service is an API that fails once, and logger one that shows neither times nor ports.
func service() *httptest.Server {
	asked := 0
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
}

func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "took" || a.Key == "url" {
			return slog.Attr{}
		}
		return a
	}}))
}

// The whole kit in its order.
func Example() {
	server := service()
	defer server.Close()
	api, source, logger := server.URL, static("t-"+canary), logger()

	rt, err := middleware.Chain(nil, // outermost first; nil is http.DefaultTransport
		middleware.Log{Logger: logger},                                // a call is one event,
		middleware.Deadline(time.Minute),                              // has one deadline,
		middleware.UserAgent("report/1"),                              // and names its sender.
		middleware.Retry{},                                            // It has several attempts:
		middleware.Timeout{Headers: 10 * time.Second},                 // each has a time of its own,
		middleware.Breaker{},                                          // costs no token where the host fails,
		middleware.Auth{Source: source, Hosts: []string{api}},         // has a token that is valid by then,
		middleware.AttemptLog{Logger: logger, Level: slog.LevelDebug}, // and is an event as it was sent.
	)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := (&http.Client{Transport: rt}).Get(api)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	// Output:
	// level=WARN msg=attempt method=GET status=503
	// level=DEBUG msg=attempt method=GET status=200 attempts=2
	// level=INFO msg=call method=GET status=200 attempts=2
}

// An order in which one would undo another's work is an error, which says why.
func ExampleChain() {
	source := static("t-" + canary)
	_, err := middleware.Chain(nil, middleware.Auth{Source: source, Hosts: []string{"api.example.com"}}, middleware.Retry{})
	fmt.Println(err)
	// Output: middleware: Auth outside Retry: a token that expires during a wait would be sent all the same
}

// Two clients with different rules share one token: the cache is asked by its key.
func ExampleAuth_sharedCache() {
	server, mints := service(), 0
	defer server.Close()
	cache := new(fob.Cache)
	grant := fob.GrantFunc(func(ctx context.Context, last fob.Token) (fob.Token, error) {
		mints++
		return fob.Token{Access: "t-" + canary, Expiry: time.Now().Add(time.Hour)}, nil
	})
	key := fob.Key{Issuer: "https://id.example.com", Client: "report-job"}

	for _, more := range []middleware.Middleware{middleware.Retry{Max: 2}, middleware.Deadline(time.Minute)} {
		auth := middleware.Auth{Source: cache.Source(key, grant), Hosts: []string{server.URL}}
		rt, err := middleware.Chain(nil, more, auth)
		if err != nil {
			log.Fatal(err)
		}
		resp, err := (&http.Client{Transport: rt}).Get(server.URL)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
	}
	fmt.Println(mints, "token")
	// Output: 1 token
}

// What only some requests need passes the others by.
func ExampleIf() {
	server := service()
	defer server.Close()
	isUpload := func(req *http.Request) bool { return req.Method == http.MethodPut }
	rt, err := middleware.Chain(nil,
		middleware.If(isUpload, middleware.Headers{"Expect": {"100-continue"}}),
		middleware.Retry{},
	)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := (&http.Client{Transport: rt}).Get(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode, "after", middleware.Attempts(resp), "attempts")
	// Output: 200 after 2 attempts
}
