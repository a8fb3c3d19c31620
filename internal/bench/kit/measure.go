package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// cost is what one operation takes.
type cost struct{ ns, allocs, bytes float64 }

// timed is the cost of op, as the mean of n.
func timed(n int, op func()) cost {
	var before, after runtime.MemStats
	runtime.GC() // each pays for its own garbage
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range n {
		op()
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	per := func(v uint64) float64 { return float64(v) / float64(n) }
	return cost{float64(took.Nanoseconds()) / float64(n), per(after.Mallocs - before.Mallocs), per(after.TotalAlloc - before.TotalAlloc)}
}

// count is how often op fits into d.
func count(d time.Duration, op func()) int {
	op()
	for n := 1; ; n *= 2 {
		if c := timed(n, op); c.ns*float64(n) > float64(d)/2 {
			return max(1, int(float64(d)/c.ns))
		}
	}
}

// series are the costs of one thing, round by round: a round of one is as slow as the same round of another.
type series []cost

// take has all ops take turns, for that many rounds of about d each, and in another order each time.
func take(rounds int, d time.Duration, ops []func()) []series {
	all, counts := make([]series, len(ops)), make([]int, len(ops))
	for i, op := range ops {
		counts[i] = count(d, op)
	}
	for round := range rounds {
		for i := range ops {
			i = (i + round) % len(ops)
			all[i] = append(all[i], timed(counts[i], ops[i]))
		}
	}
	return all
}

// alternate has ops take turns one by one, in a new order each time, and notes for each round the median time of each: what comes over
// wires is seldom late, but then by far.
func alternate(rounds, turns int, ops []func()) []series {
	all := make([]series, len(ops))
	for range rounds {
		times := make([][]float64, len(ops))
		for range turns {
			for _, i := range rand.Perm(len(ops)) {
				start := time.Now()
				ops[i]()
				times[i] = append(times[i], float64(time.Since(start)))
			}
		}
		for i := range ops {
			all[i] = append(all[i], cost{ns: median(times[i])})
		}
	}
	return all
}

func (s series) median(of func(cost) float64) float64 {
	var v []float64
	for _, c := range s {
		v = append(v, of(c))
	}
	return median(v)
}

func ns(c cost) float64     { return c.ns }
func allocs(c cost) float64 { return c.allocs }
func bytes(c cost) float64  { return c.bytes }

// ratio is the median of the rounds' ratios of what a and b take beyond base, which may be nil.
func ratio(a, b, base series) float64 {
	var v []float64
	for i := range a {
		var floor float64
		if base != nil {
			floor = base[i].ns
		}
		v = append(v, (a[i].ns-floor)/(b[i].ns-floor))
	}
	return median(v)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}
