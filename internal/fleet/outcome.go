package fleet

import (
	"runtime"
	"slices"
	"time"
)

// Outcome is what came of it.
type Outcome struct {
	Params Params
	Way    Way
	Calls  int64
	Waits  []Wait
	Asked  []int    // requests to the authorization server, by the second
	Minted []int    // tokens it issued
	Issued [][]Span // their lives, by key
	Redis  []int    // requests to Redis, by the second
	Heap   uint64   // with stacks, at the end of a simulation
}

// Sum is of all seconds.
func Sum(by []int) (n int) {
	for _, v := range by {
		n += v
	}
	return n
}

// Peak is the worst second.
func Peak(by []int) int {
	if len(by) == 0 {
		return 0
	}
	return slices.Max(by)
}

// PeakIn is the worst second of s.
func PeakIn(by []int, s Span) int {
	from, to := int(s.From/time.Second), int(s.To/time.Second)
	return Peak(by[min(from, len(by)):min(to, len(by))])
}

// Stalls are how long those took who waited, the first call of each member and key apart.
func (o Outcome) Stalls() (first, later []time.Duration) {
	for _, w := range o.Waits {
		switch {
		case w.Took <= stalled:
		case w.First:
			first = append(first, w.Took)
		default:
			later = append(later, w.Took)
		}
	}
	slices.Sort(first)
	slices.Sort(later)
	return first, later
}

// stalls are all of them.
func (o Outcome) stalls() []time.Duration {
	first, later := o.Stalls()
	return slices.Sorted(slices.Values(append(first, later...)))
}

// Quantile is of sorted durations.
func Quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// Failed are the calls that got no token.
func (o Outcome) Failed() (n int) {
	for _, w := range o.Waits {
		if w.Failed {
			n++
		}
	}
	return n
}

// Ended are the calls that got a token which the server takes no more.
func (o Outcome) Ended() (n int) {
	for _, w := range o.Waits {
		if w.Ended {
			n++
		}
	}
	return n
}

// InVain are the calls that failed, and those that waited, while a valid token existed: the member's own, or, where tokens are shared, any that
// was issued a tenth of a second before the call at the latest.
func (o Outcome) InVain() (failed, waited int) {
	for _, w := range o.Waits {
		switch {
		case !w.Had && !(o.Way == Shared && o.valid(w)):
		case w.Failed:
			failed++
		case w.Took > stalled:
			waited++
		}
	}
	return failed, waited
}

// valid reports whether one token of w's key was so from before w's begin to its end.
func (o Outcome) valid(w Wait) bool {
	return slices.ContainsFunc(o.Issued[w.Key], func(s Span) bool {
		return s.From+100*time.Millisecond <= w.At && w.At+w.Took < s.To
	})
}

func (s *simulation) outcome(way Way) Outcome {
	o := s.server.outcome(way, &s.tally)
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	o.Redis, o.Heap = s.shared.asked, heap()
	return o
}

func (s *Server) outcome(way Way, t *Tally) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Outcome{Params: s.params, Way: way, Calls: t.Calls, Waits: t.Waits, Asked: s.asked, Minted: s.minted, Issued: slices.Clone(s.issued)}
}

// heap is what is in use, stacks and all.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// Troubled are the calls that waited or failed, by the second they began in.
func (o Outcome) Troubled() (by []int) {
	for _, w := range o.Waits {
		by = count(by, w.At)
	}
	return by
}
