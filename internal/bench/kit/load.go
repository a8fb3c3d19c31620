package main

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// plan is a load: callers that make so many requests a second together, each at its own due times, whatever became of the one
// before.
type plan struct {
	callers int
	rate    int
	last    time.Duration
}

// late is more than anybody waits who need not wait for a token.
const late = 50 * time.Millisecond

// outcome is what came of a load, latencies from when a request was due.
type outcome struct {
	latencies []time.Duration // sorted
	failed    int             // errors, and answers other than 200
}

func (p plan) drive(rt http.RoundTripper) outcome {
	var wg sync.WaitGroup
	all := make([]outcome, p.callers)
	start, gap := time.Now(), time.Second*time.Duration(p.callers)/time.Duration(p.rate)
	for i := range p.callers {
		wg.Go(func() {
			all[i] = call(rt, start.Add(gap*time.Duration(i)/time.Duration(p.callers)), gap, start.Add(p.last))
		})
	}
	wg.Wait()
	var sum outcome
	for _, o := range all {
		sum.latencies = append(sum.latencies, o.latencies...)
		sum.failed += o.failed
	}
	slices.Sort(sum.latencies)
	return sum
}

func call(rt http.RoundTripper, due time.Time, gap time.Duration, end time.Time) (o outcome) {
	req := peer.Request(http.MethodGet, nil, "")
	for ; due.Before(end); due = due.Add(gap) {
		time.Sleep(time.Until(due))
		resp, err := rt.RoundTrip(req.Clone(req.Context()))
		if err == nil {
			resp.Body.Close()
		}
		if err != nil || resp.StatusCode != http.StatusOK {
			o.failed++
		}
		o.latencies = append(o.latencies, time.Since(due))
	}
	return o
}

func (o outcome) late() int {
	i, _ := slices.BinarySearch(o.latencies, late)
	return len(o.latencies) - i
}

// quantile is in milliseconds.
func (o outcome) quantile(q float64) float64 {
	return ms(o.latencies[int(q*float64(len(o.latencies)-1))])
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
