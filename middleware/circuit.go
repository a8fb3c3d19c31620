package middleware

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/retry"
	"github.com/sony/gobreaker/v2"
)

// windowParts is how many parts a window is counted in: one falls out at a time.
const windowParts = 10

// circuit is gobreaker's for one origin, with what that leaves to its users: a gate for servers that say when, a lease for the request that
// is let through, hooks that may do as they like.
type circuit struct {
	origin  origin
	lease   time.Duration
	open    time.Duration
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	gate     atomic.Int64 // nobody is let through before, in Unix nanoseconds
	until    atomic.Int64 // when an open circuit lets one through
	halfOpen atomic.Bool

	changed func(Change)
	told    atomic.Bool // there are changes to tell
	mu      sync.Mutex
	changes []Change
	telling bool
}

func newCircuit(b Breaker, o origin) *circuit {
	c := &circuit{origin: o, lease: b.Lease, open: b.Open, changed: b.Changed}
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Interval:     b.Window,
		BucketPeriod: b.Window / windowParts,
		Timeout:      b.Open,
		ReadyToTrip: func(n gobreaker.Counts) bool {
			outcomes := n.TotalFailures + n.TotalSuccesses
			return outcomes >= uint32(b.Min) && float64(n.TotalFailures) >= b.Ratio*float64(outcomes)
		},
		IsExcluded:    func(err error) bool { return err == errLeft },
		OnStateChange: c.change,
	})
	return c
}

// enter asks to be let through. done must be called once.
func (c *circuit) enter() (done func(error), err error) {
	if gate := c.gate.Load(); gate != 0 && time.Now().UnixNano() < gate {
		return nil, &OpenError{c.origin.String(), time.Unix(0, gate)}
	}
	allowed, err := c.breaker.Allow()
	if c.told.Load() {
		c.tell()
	}
	switch {
	case err != nil:
		return nil, &OpenError{c.origin.String(), c.retryAt()}
	case c.halfOpen.Load():
		return c.leased(allowed), nil
	case c.changed == nil:
		return allowed, nil
	}
	return func(outcome error) { allowed(outcome); c.tell() }, nil
}

// retryAt is when another try may be worth it: at the end of the open time, or soon, if somebody is trying right now.
func (c *circuit) retryAt() time.Time {
	if t := time.Unix(0, c.until.Load()); t.After(time.Now()) {
		return t
	}
	return time.Now().Add(c.open)
}

// leased is done for the request that a half-open circuit lets through: one that takes too long has failed, and one that says nothing
// must not be followed by the next at once.
func (c *circuit) leased(done func(error)) func(error) {
	var once sync.Once
	end := func(outcome error) {
		once.Do(func() {
			if outcome == errLeft {
				c.shut(c.open)
			}
			done(outcome)
			c.tell()
		})
	}
	timer := time.AfterFunc(c.lease, func() { end(errFailed) })
	return func(outcome error) { timer.Stop(); end(outcome) }
}

// maxGate is the longest that a 429 keeps requests from an origin.
const maxGate = 30 * time.Second

// leaveAlone keeps requests from an origin that has answered 429, for as long as it asks for.
func (c *circuit) leaveAlone(h http.Header) {
	if after, asked := retry.After(h, time.Now()); asked {
		c.shut(min(after, maxGate))
	}
}

func (c *circuit) shut(wait time.Duration) {
	until := time.Now().Add(wait).UnixNano()
	for gate := c.gate.Load(); gate < until; gate = c.gate.Load() {
		if c.gate.CompareAndSwap(gate, until) {
			return
		}
	}
}

// change is called by gobreaker under its lock: it takes notes.
func (c *circuit) change(_ string, from, to gobreaker.State) {
	c.halfOpen.Store(to == gobreaker.StateHalfOpen)
	if to == gobreaker.StateOpen {
		c.until.Store(time.Now().Add(c.open).UnixNano())
	}
	if c.changed == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes = append(c.changes, Change{c.origin.String(), State(from.String()), State(to.String())})
	c.told.Store(true)
}

// tell hands on the notes. Whoever comes while another tells leaves it to him, so that their order is kept and a hook that sends a
// request of its own does not wait for itself.
func (c *circuit) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.telling {
		return
	}
	c.telling = true
	defer func() { c.telling = false }()
	for len(c.changes) > 0 {
		change := c.changes[0]
		c.changes = c.changes[1:]
		c.told.Store(len(c.changes) > 0)
		c.call(change)
	}
}

// call calls the hook without the lock, which the caller holds, also where the hook ends the goroutine.
func (c *circuit) call(change Change) {
	c.mu.Unlock()
	defer c.mu.Lock()
	c.changed(change)
}
