package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// server is an API and its token endpoint, in memory. Tokens are numbered, and say when they expire.
type server struct {
	life    time.Duration               // of a token. Zero: a day, and none is ever refused
	aged    time.Duration               // how much of the first one's life is over
	latency func(n int64) time.Duration // of the nth request to the API

	// mint is how long the nth token request takes, from 1, and what it is answered with.
	mint func(n int64) (time.Duration, int)

	asked, minted, requests, refused atomic.Int64
	revoked                          atomic.Int64 // tokens up to this number are refused
}

func (s *server) net(early time.Duration) peer.Net {
	return peer.Net{API: transport(s.api), Tokens: transport(s.token), Early: early}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	return t(req)
}

func (s *server) api(req *http.Request) (*http.Response, error) {
	if err := sleep(req.Context(), s.latency(s.requests.Add(1))); err != nil {
		return nil, err
	}
	if s.life == 0 || s.accepts(req.Header.Get("Authorization")) {
		return peer.Answer(req, http.StatusOK, ""), nil
	}
	s.refused.Add(1)
	resp := peer.Answer(req, http.StatusUnauthorized, "")
	resp.Header.Set("WWW-Authenticate", peer.Challenge)
	return resp, nil
}

func (s *server) accepts(authorization string) bool {
	var n, expiry int64
	_, err := fmt.Sscanf(strings.TrimPrefix(authorization, "Bearer "), "fob-canary-7f3a9c-%d-%d", &n, &expiry)
	return err == nil && n > s.revoked.Load() && time.Now().UnixNano() < expiry
}

func (s *server) token(req *http.Request) (*http.Response, error) {
	wait, status := s.mint(s.asked.Add(1))
	if err := sleep(req.Context(), wait); err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return peer.Answer(req, status, ""), nil
	}
	access, life := s.issue()
	return peer.Issue(req, access, int(life.Seconds())), nil
}

// issue is a new token, and how much of its life is left.
func (s *server) issue() (string, time.Duration) {
	n, life := s.minted.Add(1), s.life
	if life == 0 {
		life = 24 * time.Hour
	}
	if n == 1 {
		life -= s.aged
	}
	return fmt.Sprintf("fob-canary-7f3a9c-%d-%d", n, time.Now().Add(life).UnixNano()), life
}

// sleep waits, and fails if ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
