package main

import (
	"context"
	"log"
	"slices"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
)

// pair is how long two batches of reads took, one after the other.
type pair struct{ memory, shared time.Duration }

// memory is the source of a token that is in memory only, and remains for as long as this process.
var memory = (&fob.Cache{Store: new(fob.Memory)}).Source(fob.Key{Client: "memory"}, fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
	return fob.Token{Access: "fob-canary-7f3a9c-0", Expiry: time.Now().Add(time.Hour)}, nil
}))

// rounds are made at each call. What comes first after a pause is slow, whatever it is, and not counted.
const rounds = 10

// compare times batches of both caches, each as often before as after the other.
func (m *member) compare() (all []pair) {
	batch(memory)
	batch(m.src)
	for range rounds {
		first, second := batch(memory), batch(m.src)
		third, fourth := batch(m.src), batch(memory)
		all = append(all, pair{first, second}, pair{fourth, third})
	}
	return all
}

func batch(src fob.Source) time.Duration {
	start := time.Now()
	for range order.Batch {
		if _, err := src.Token(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	return time.Since(start)
}

// slicesOfTime is how many parts of the time are told of apart: what else this machine does in one of them says nothing of the others.
const slicesOfTime = 5

// reported is what the callers met.
func (m *member) reported() *order.Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.Reads {
		return &m.report
	}
	for i := range slicesOfTime {
		var s struct{ memory, shared []time.Duration }
		for _, pairs := range m.pairs {
			for _, p := range pairs[i*len(pairs)/slicesOfTime : (i+1)*len(pairs)/slicesOfTime] {
				s.memory, s.shared = append(s.memory, p.memory), append(s.shared, p.shared)
			}
		}
		m.report.Calls += order.Batch * len(s.shared)
		m.report.Slices = append(m.report.Slices, order.Slice{Memory: times(s.memory), Shared: times(s.shared)})
	}
	return &m.report
}

// times are zero without any batch.
func times(batches []time.Duration) (t order.Times) {
	if n := len(batches); n > 0 {
		slices.Sort(batches)
		t = order.Times{P50: batches[n/2], P99: batches[n*99/100]}
	}
	return t
}
