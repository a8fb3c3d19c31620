package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// run is a peer under a load, over a server of its own.
type run struct {
	peer peer.Peer
	*server
	outcome
}

// overload are the peers that get tokens for themselves, and at last one that has one for ever.
var overload = []peer.Peer{peer.Fob, peer.OAuth2, peer.Glued, peer.Cloud, peer.ORAS, peer.Azure, limit}

var limit = peer.Peer{Name: "a token for ever", Wrap: peer.FloorAuth.Wrap}

// drive has the peers bear p side by side, so that what disturbs one disturbs the other. each makes their servers.
func drive(p plan, peers []peer.Peer, early time.Duration, each func() *server) []run {
	runs := make([]run, len(peers))
	var wg sync.WaitGroup
	for i, peer := range peers {
		s := each()
		if peer.Name == limit.Name {
			s.life = 0
		}
		n := s.net(early)
		n.Life, n.Aged = s.life, s.aged
		rt := peer.Wrap(n)
		warm(rt)
		runs[i] = run{peer: peer, server: s}
		wg.Go(func() { runs[i].outcome = p.drive(rt) })
	}
	wg.Wait()
	return runs
}

// warm has rt get its first token.
func warm(rt http.RoundTripper) {
	if resp, err := rt.RoundTrip(peer.Request(http.MethodGet, nil, "")); err == nil {
		resp.Body.Close()
	}
}

// apart drives fob beside the limit, and then the others one by one: those who wait together wake together, and disturb more than
// themselves.
func apart(p plan, early time.Duration, each func() *server) []run {
	runs := drive(p, []peer.Peer{peer.Fob, limit}, early, each)
	for _, other := range overload[1 : len(overload)-1] {
		runs = append(runs, drive(p, []peer.Peer{other}, early, each)...)
	}
	return runs
}

// describe leaves out the first token, which everybody had before.
func describe(file, title string, runs []run) table {
	t := table{title: title, head: []string{"", "p50, ms", "p99", "max", "over 50 ms late", "failed", "tokens asked for"}}
	t.plot = &bars{file: file, title: title + ": ms that 99 of 100 requests keep to", format: "%.1f"}
	for _, r := range runs {
		t.add(r.peer.Name, fmt.Sprintf("%.1f", r.quantile(0.5)), fmt.Sprintf("%.1f", r.quantile(0.99)), fmt.Sprintf("%.0f", r.quantile(1)),
			fmt.Sprintf("%d of %d", r.late(), len(r.latencies)), fmt.Sprint(r.failed), fmt.Sprint(r.asked.Load()-1))
		t.plot.add(r.peer.Name, r.quantile(0.99))
	}
	return t
}

func aMillisecond(int64) time.Duration { return time.Millisecond }

// steady has tokens of two seconds from an endpoint that takes 200 ms.
func steady(p plan) []run {
	return apart(p, 500*time.Millisecond, func() *server {
		return &server{life: 2 * time.Second, latency: aMillisecond, mint: func(int64) (time.Duration, int) { return 200 * time.Millisecond, http.StatusOK }}
	})
}

// A token of a minute, most of which is over when the load begins: soon it is due to be replaced, and for a while it cannot be.
const (
	minute = time.Minute
	aged   = 46 * time.Second
	window = 12 * time.Second // before the expiry, a fifth of the life, which is fob's own
)

// hanging has a token endpoint that answers the first request for another token after five seconds.
func hanging(p plan) []run {
	return apart(p, window, func() *server {
		return &server{life: minute, aged: aged, latency: aMillisecond, mint: func(n int64) (time.Duration, int) {
			if n == 2 {
				return 5 * time.Second, http.StatusOK
			}
			return 10 * time.Millisecond, http.StatusOK
		}}
	})
}

// failing has a token endpoint that answers 500 for three seconds from the first request for another token on.
func failing(p plan) []run {
	return apart(p, window, func() *server {
		var once sync.Once
		var until time.Time
		return &server{life: minute, aged: aged, latency: aMillisecond, mint: func(n int64) (time.Duration, int) {
			if n == 1 {
				return 0, http.StatusOK
			}
			once.Do(func() { until = time.Now().Add(3 * time.Second) })
			if time.Now().Before(until) {
				return 10 * time.Millisecond, http.StatusInternalServerError
			}
			return 10 * time.Millisecond, http.StatusOK
		}}
	})
}

// revoking revokes all tokens after two seconds, while answers take 5 to 300 ms and a new token takes wait.
func revoking(p plan, wait time.Duration) []run {
	var servers []*server
	timer := time.AfterFunc(2*time.Second, func() {
		for _, s := range servers {
			s.revoked.Store(s.minted.Load())
		}
	})
	defer timer.Stop()
	return drive(p, overload[:len(overload)-1], 500*time.Millisecond, func() *server {
		s := &server{life: time.Hour, latency: spread, mint: func(int64) (time.Duration, int) { return wait, http.StatusOK }}
		servers = append(servers, s)
		return s
	})
}

// refusals tells of revoking where the endpoint takes wait.
func refusals(wait time.Duration, p plan) table {
	t := table{title: fmt.Sprintf("All tokens revoked, and another takes %v", wait), head: []string{"", "tokens asked for then", "requests failed"}}
	for _, r := range revoking(p, wait) {
		t.add(r.peer.Name, fmt.Sprint(r.asked.Load()-1), fmt.Sprintf("%d of %d", r.failed, len(r.latencies)))
	}
	return t
}

// spread is between 5 and 300 ms, evenly.
func spread(n int64) time.Duration { return time.Duration(5+n*37%296) * time.Millisecond }

// patience is when callers with 50 ms are back that have no token, from an endpoint that hangs: all of them, and behind one that has time.
func patience(hang time.Duration, callers int) table {
	t := table{title: fmt.Sprintf("%d callers with 50 ms each, while the first token takes %v", callers, hang),
		head: []string{"the last is back after, ms", "all have 50 ms", "one has time, and goes first"}}
	rows := make([][]string, len(overload)-1)
	var wg sync.WaitGroup
	for i, p := range overload[:len(overload)-1] {
		wg.Go(func() {
			rows[i] = []string{p.Name, fmt.Sprintf("%.0f", ms(lastBack(p, hang, callers, false))), fmt.Sprintf("%.0f", ms(lastBack(p, hang, callers, true)))}
		})
	}
	wg.Wait()
	for _, row := range rows {
		t.add(row...)
	}
	return t
}

func lastBack(p peer.Peer, hang time.Duration, callers int, leader bool) time.Duration {
	s := &server{life: time.Hour, latency: aMillisecond, mint: func(int64) (time.Duration, int) { return hang, http.StatusOK }}
	n := s.net(0)
	n.Cold = true
	rt := p.Wrap(n)
	call := func(ctx context.Context) {
		if resp, err := rt.RoundTrip(peer.Request(http.MethodGet, nil, "").WithContext(ctx)); err == nil {
			resp.Body.Close()
		}
	}
	var wg, first sync.WaitGroup
	if leader {
		first.Go(func() { call(context.Background()) })
		time.Sleep(10 * time.Millisecond)
	}
	start := time.Now()
	for range callers {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), late)
			defer cancel()
			call(ctx)
		})
	}
	wg.Wait()
	took := time.Since(start)
	first.Wait()
	return took
}
