// Replicas is a service that reports what an API says. However many of it run, they have one token, which they share through Redis.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	store, err := redis.Open(redis.Options{
		URL:      os.Getenv("REDIS_URL"),
		Password: fob.Secret(os.Getenv("REDIS_PASSWORD")),
		Keys:     fob.Secret(os.Getenv("REDIS_KEYS")), // of fob keygen
		Warning:  func(err error) { log.Print(err) },  // once, when Redis is away: the service goes on
	})
	if err != nil {
		return err
	}
	defer store.Close()
	cache := &fob.Cache{Store: store}
	grant := oauth.ClientCredentials{Client: &oauth.Client{
		Issuer:   os.Getenv("ISSUER"),
		ClientID: os.Getenv("CLIENT_ID"),
		Auth:     oauth.Basic{Secret: fob.Secret(os.Getenv("CLIENT_SECRET"))},
	}}
	api := os.Getenv("API_URL")
	rt, err := transport.New(transport.Config{Source: cache.Source(grant.Key(), grant), Hosts: []string{api}, Deadline: 10 * time.Second})
	if err != nil {
		return err
	}
	err = serve(ctx, os.Getenv("LISTEN"), report(&http.Client{Transport: rt}, api+"/today"))
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, cache.Close(end)) // which waits for a mint under way, so that the others get its token
}

// report answers with what url says.
func report(client *http.Client, url string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := get(r.Context(), client, url)
		if err != nil {
			log.Print(err) // no error tells a secret
			http.Error(w, "the API does not answer", http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		io.Copy(w, resp.Body)
	}
}

func get(ctx context.Context, client *http.Client, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// serve answers by handler until ctx ends, and then what has been asked already.
func serve(ctx context.Context, address string, handler http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	log.Print("listening on ", l.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return server.Shutdown(context.WithoutCancel(ctx))
	}
}
