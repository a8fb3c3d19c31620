package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

var overOpen = []peer.Peer{peer.Fob, peer.Gobreaker, peer.Failsafe, peer.Retryable, peer.Glued}

// open asks an API that is down, again and again, until somebody gives up asking: some wait a quarter of a minute each time, and so
// they go side by side.
func open() table {
	t := table{title: "An API that is down", head: []string{"", "first request, ms", "once the circuit is open, ms", "of it, calls that reach the API"}}
	rows := make([][]string, len(overOpen))
	var wg sync.WaitGroup
	for i, p := range overOpen {
		wg.Go(func() { rows[i] = append([]string{p.Name}, down(p)...) })
	}
	wg.Wait()
	for _, row := range rows {
		t.add(row...)
	}
	return t
}

var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

func down(p peer.Peer) []string {
	var calls atomic.Int64
	rt := p.Wrap(peer.Net{Tokens: peer.Always, API: transport(func(*http.Request) (*http.Response, error) {
		calls.Add(1)
		return nil, errRefused
	})})
	first := ask(rt)
	for range 20 {
		calls.Store(0)
		last := ask(rt)
		if calls.Load() == 0 {
			return []string{milliseconds(first), milliseconds(min(last, ask(rt))), "0"}
		}
		if last > 5*time.Second && calls.Load() > 4 {
			break // it will not learn
		}
	}
	return []string{milliseconds(first), milliseconds(ask(rt)), "all: it has no circuit"}
}

// ask is how long an error takes.
func ask(rt http.RoundTripper) time.Duration {
	req, start := peer.Request(http.MethodGet, nil, ""), time.Now()
	resp, err := rt.RoundTrip(req)
	took := time.Since(start)
	if err == nil {
		resp.Body.Close()
		panic(errors.New("an answer from an API that is down"))
	}
	return took
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.3g", ms(d)) }
