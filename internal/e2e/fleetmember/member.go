package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
	"github.com/fobkit/fob/internal/tier/fartest"
	"github.com/fobkit/fob/middleware"
)

// patience is for one request.
const patience = 5 * time.Second

// member is this process.
type member struct {
	order.Order
	base   http.RoundTripper
	src    *fob.CachedSource // of the token that is shared
	client *http.Client      // which sends it

	// Of whoever obeys.
	calling sync.WaitGroup
	rest    chan struct{} // closed when the callers shall cease
	pairs   [][]pair      // of each of them

	mu     sync.Mutex
	said   *json.Encoder
	report order.Report
}

// join makes this process one of the fleet. It never leaves but by its end.
func join(o order.Order) (*member, error) {
	m := &member{Order: o, said: json.NewEncoder(os.Stdout), pairs: make([][]pair, o.Callers)}
	m.base = &http.Transport{DialContext: m.dial}
	warn := func(err error) { m.say(order.Event{Warning: err.Error()}) }
	store, err := redis.Open(redis.Options{URL: o.Redis, Keys: fob.Secret(o.Keys), Local: fob.Dir(o.Dir), Warning: warn})
	if err != nil {
		return nil, err
	}
	grant := order.Grant(m)
	m.src = (&fob.Cache{Store: fartest.Skewed(store, o.Ahead)}).Source(grant.Key(), grant)
	rt, err := middleware.Chain(m, middleware.Auth{Source: m.src, Hosts: []string{"http://127.0.0.1"}})
	m.client = &http.Client{Transport: rt, Timeout: patience}
	go m.look()
	return m, err
}

// dial connects to the server, whatever a URL names: this machine's loopback may not lead to it, and nothing else may be spoken to in the clear.
func (m *member) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", m.Server)
}

// RoundTrip says who asks.
func (m *member) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Member", m.Name)
	return m.base.RoundTrip(req)
}

func (m *member) say(e order.Event) {
	e.At = time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said.Encode(e) // if nobody listens, the input has ended too
}

// look tells of each token that this member comes to have.
func (m *member) look() {
	had := 0
	for range time.Tick(m.Look) {
		tok, err := m.src.Token(context.Background())
		if number := number(tok); err == nil && number != had {
			m.say(order.Event{Token: number})
			had = number
		}
	}
}

// number is a token's, with which it ends.
func number(tok fob.Token) int {
	access := string(tok.Access)
	n, _ := strconv.Atoi(access[strings.LastIndexByte(access, '-')+1:])
	return n
}
