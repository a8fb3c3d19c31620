//go:build linux

package e2e

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
	"github.com/fobkit/fob/internal/oauthtest"
)

// fleetServer is a fleet's authorization server and API.
type fleetServer struct {
	*oauthtest.Server

	mu    sync.Mutex
	mints []mint
	asked chan question // nil: token requests are answered at once
}

// mint is a token that was issued.
type mint struct {
	at     time.Time // of the request
	member string
	number int
}

// question is a token request that waits for its answer.
type question struct {
	member string
	answer chan<- bool // false: there will be none
}

func newFleetServer(life time.Duration) *fleetServer {
	s, issued := new(fleetServer), 0
	s.Server = oauthtest.Handler(oauthtest.Options{
		Clients: []oauthtest.Client{{ID: order.Client, Secret: order.Secret}},
		Life:    life,
		Token: func(string) string { // under mu
			issued++
			return oauthtest.Canary + "-" + strconv.Itoa(issued)
		},
	})
	return s
}

// listen has the server answer at one more address.
func (s *fleetServer) listen(t *testing.T, address string) string {
	t.Helper()
	l := listen(t, address)
	server := &http.Server{Handler: s}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

func (s *fleetServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path != "/oauth2/token" {
		s.Server.ServeHTTP(w, req)
		return
	}
	now, member := time.Now(), req.Header.Get("Member")
	if !s.await(member) {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.Counts().Issued
	if s.Server.ServeHTTP(w, req); s.Counts().Issued > before {
		s.mints = append(s.mints, mint{now, member, before + 1})
	}
}

// think is how long the server takes over a token.
const think = 10 * time.Millisecond

// await reports whether a token request shall be answered, when it is time to.
func (s *fleetServer) await(member string) bool {
	s.mu.Lock()
	asked := s.asked
	s.asked = nil
	s.mu.Unlock()
	if asked == nil {
		time.Sleep(think)
		return true
	}
	answer := make(chan bool)
	asked <- question{member, answer}
	return <-answer
}

// next is sent the next token request, and it alone.
func (s *fleetServer) next() <-chan question {
	asked := make(chan question)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = asked
	return asked
}

// minted are the tokens that were issued.
func (s *fleetServer) minted() []mint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]mint(nil), s.mints...)
}
