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

	gate   atomic.Int64          // nobody is let through before, in Unix nanoseconds
	until  atomic.Int64          // when an open circuit lets one through
	phase  atomic.Pointer[phase] // the present one
	failed atomic.Int64          // outcomes in a row, the last ones

	changed func(Change)
	told    atomic.Bool // there are changes to tell
	mu      sync.Mutex
	changes []Change
	telling bool
}

// phase is the time between two changes of a circuit. Each has a pointer of its own.
type phase struct{ state gobreaker.State }

func newCircuit(b Breaker, o origin) *circuit {
	c := &circuit{origin: o, lease: b.Lease, open: b.Open, changed: b.Changed}
	c.phase.Store(&phase{gobreaker.StateClosed})
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Interval:     b.Window,
		BucketPeriod: b.Window / windowParts,
		Timeout:      b.Open,
		ReadyToTrip: func(n gobreaker.Counts) bool {
			outcomes := n.TotalFailures + n.TotalSuccesses
			return c.failed.Load() >= int64(b.Min) || outcomes >= uint32(b.Min) && float64(n.TotalFailures) >= b.Ratio*float64(outcomes)
		},
		IsExcluded:    func(err error) bool { return err == errLeft },
		OnStateChange: c.change,
	})
	return c
}

// pass is what a request has that was let through.
type pass struct {
	*circuit
	phase *phase      // in which that was
	done  func(error) // gobreaker's; nil: the circuit was closed, and gobreaker has not been asked
}

// enter asks to be let through. The pass's end must be called once.
func (c *circuit) enter() (pass, error) {
	if gate := c.gate.Load(); gate != 0 && time.Now().UnixNano() < gate {
		return pass{}, &OpenError{c.origin.String(), time.Unix(0, gate)}
	}
	p := c.phase.Load()
	if p.state == gobreaker.StateClosed {
		return pass{c, p, nil}, nil
	}
	done, err := c.breaker.Allow()
	if p = c.phase.Load(); err == nil && p.state == gobreaker.StateHalfOpen {
		done = c.leased(done)
	}
	c.tellAny()
	if err != nil {
		return pass{}, &OpenError{c.origin.String(), c.retryAt()}
	}
	return pass{c, p, done}, nil
}

// end has outcome count. A closed circuit's gobreaker is asked only now, for it files an outcome under the time when it was asked: one that took
// longer than the window would be forgotten. What was sent in an earlier phase says nothing about this one.
func (p pass) end(outcome error) {
	if outcome == nil && p.failed.Load() > 0 {
		p.failed.Store(0)
	}
	done := p.done
	if done == nil && outcome != errLeft && p.phase == p.circuit.phase.Load() {
		done, _ = p.breaker.Allow()
	}
	if done == nil {
		return
	}
	if outcome == errFailed {
		p.failed.Add(1)
	}
	done(outcome)
	p.tellAny()
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
			c.tellAny()
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
	c.phase.Store(&phase{to})
	c.failed.Store(0)
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

func (c *circuit) tellAny() {
	if c.told.Load() {
		c.tell()
	}
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
