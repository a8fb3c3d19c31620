package middleware

import (
	"sync/atomic"
	"time"
)

// Budget bounds the attempts that Retry adds to one origin's load, so that a server in trouble is not asked the more. The zero Budget
// is what most programs want.
type Budget struct {
	Burst   int           // attempts that may be added at once. Zero: 50. Negative: no bound
	Refill  float64       // attempts that one success earns. Zero: a tenth
	Spacing time.Duration // where nothing is left, one attempt is still added in so long. Zero: a second
}

func (b Budget) withDefaults() Budget {
	if b.Burst == 0 {
		b.Burst = 50
	}
	if b.Refill == 0 {
		b.Refill = 0.1
	}
	if b.Spacing == 0 {
		b.Spacing = time.Second
	}
	return b
}

// purse is what is left of a Budget for one origin.
type purse struct {
	Budget
	spent atomic.Int64 // in thousandths of an attempt
	next  atomic.Int64 // where nothing is left: when the next attempt may be added, in Unix nanoseconds
}

const attempt = 1000

// spend takes one attempt and reports whether there was one.
func (p *purse) spend(now time.Time) bool {
	if p.Burst < 0 {
		return true
	}
	if p.spent.Add(attempt) <= int64(p.Burst)*attempt {
		return true
	}
	p.spent.Add(-attempt)
	next := p.next.Load()
	return now.UnixNano() >= next && p.next.CompareAndSwap(next, now.Add(p.Spacing).UnixNano())
}

// earn puts back what a success is worth.
func (p *purse) earn() {
	if p.spent.Load() <= 0 {
		return // full: nothing to write, and no processor to disturb
	}
	if left := p.spent.Add(-int64(p.Refill * attempt)); left < 0 {
		p.spent.CompareAndSwap(left, 0)
	}
}
