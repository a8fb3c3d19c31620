package main

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/fobkit/fob/internal/bench/peer"
)

var overParallel = []peer.Peer{peer.Bare, peer.FloorStack, peer.Fob, peer.OAuth2, peer.Gobreaker, peer.Glued}

// parallel is a GET over the stub by many goroutines at once.
func parallel(s settings, goroutines []int) table {
	t := table{title: "GET over a stub, by many goroutines", head: []string{"ns, ÷ glued"}}
	rows := make([][]string, len(overParallel))
	for _, g := range goroutines {
		t.head = append(t.head, fmt.Sprint(g))
		all := take(s.rounds, s.round, crowds(g, ops(peer.Works("")[0], overParallel, peer.Net{API: peer.Stub, Tokens: peer.Always})))
		for i := range overParallel {
			rows[i] = append(rows[i], fmt.Sprintf("%.0f, %.2f", all[i].median(ns)/perCrowd, ratio(all[i], all[len(all)-1], nil)))
		}
	}
	for i, p := range overParallel {
		t.add(append([]string{p.Name}, rows[i]...)...)
	}
	return t
}

// perCrowd is how many requests a crowd makes together.
const perCrowd = 100_000

// crowds are ops, each done perCrowd times by g goroutines.
func crowds(g int, ops []func()) (all []func()) {
	for _, op := range ops {
		all = append(all, func() {
			var wg sync.WaitGroup
			for range g {
				wg.Go(func() {
					for range perCrowd / g {
						op()
					}
				})
			}
			wg.Wait()
		})
	}
	return all
}

// locks are those that goroutines of p's wait for, by whose function takes them.
func locks(p peer.Peer, goroutines int) table {
	defer runtime.SetMutexProfileFraction(runtime.SetMutexProfileFraction(1))
	before := waits()
	crowd := crowds(goroutines, ops(peer.Works("")[0], []peer.Peer{p}, peer.Net{API: peer.Stub, Tokens: peer.Always}))[0]
	for range 5 {
		crowd()
	}
	t := table{title: fmt.Sprintf("Where %d goroutines of %s wait", goroutines, p.Name), head: []string{"lock taken in", "part of the waiting"}}
	var total int64
	after := waits()
	for name := range after {
		after[name] -= before[name]
		total += after[name]
	}
	for _, name := range slices.SortedFunc(maps.Keys(after), func(a, b string) int { return cmp.Compare(after[b], after[a]) }) {
		if part := float64(after[name]) / float64(max(total, 1)); part >= 0.01 {
			t.add("`"+name+"`", fmt.Sprintf("%.0f %%", 100*part))
		}
	}
	return t
}

// waits are the cycles waited so far.
func waits() map[string]int64 {
	records := make([]runtime.BlockProfileRecord, 10_000)
	n, _ := runtime.MutexProfile(records)
	all := make(map[string]int64)
	for _, r := range records[:n] {
		all[taker(r.Stack())] += r.Cycles
	}
	return all
}

// taker is the first function that is neither the runtime's nor sync's, without its package's path.
func taker(stack []uintptr) string {
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") && !strings.HasPrefix(f.Function, "sync.") && !strings.HasPrefix(f.Function, "internal/") {
			return f.Function[strings.LastIndex(f.Function, "/")+1:]
		}
		if !more {
			return "runtime"
		}
	}
}
