package fleet

import (
	"math/rand/v2"
	"time"
)

// Way is how members come by their tokens.
type Way string

// The ways that are compared.
const (
	Alone  Way = "every process for itself" // a Lone source: asks when its token has expired, and whenever it is called after a failure
	Jitter Way = "jitter only"              // fob.Cache in memory: replaces its token ahead, at a random time, and backs off after a failure
	Shared Way = "fob with Redis"           // fob.Cache over a store that all share
)

// Ways are all of them.
var Ways = []Way{Alone, Jitter, Shared}

// Params say what happens to a fleet. The same serve a simulation and a run of real processes.
type Params struct {
	Members int           // processes
	Keys    int           // tokens that each of them uses
	Callers int           // of a member. They use its keys in turn
	Every   time.Duration // is between two calls of a caller, who waits for the one before the next

	ColdStart time.Duration // members start at random within it
	Last      time.Duration // is when it is over

	Life   time.Duration // of a token
	Answer Span          // how long the authorization server takes to answer, at random
	Outage Span          // when it answers 503 instead

	Link   time.Duration // to Redis and back takes twice this, and up to as much again at random
	Serve  time.Duration // is what a request costs Redis, which does one after another
	Loss   float64       // the part of packets to and from Redis that are lost, and sent again 0.2 s later
	Skewed time.Duration // a member's clock is wrong by up to this, either way
	Fault  Fault         // of Redis
	Broken Span          // when

	Seed uint64 // of all that is random here. The cache draws its own jitter, anew each time
}

// Span is from a time to another.
type Span struct{ From, To time.Duration }

// Fault is what happens to Redis, or to the way there. It cannot be done to real processes.
type Fault string

// Faults. The zero Fault is none.
const (
	Killed      Fault = "killed, and begun anew with nothing"
	Stopped     Fault = "stopped, and resumed"
	Partitioned Fault = "out of reach for half of the members"
	Flushed     Fault = "FLUSHALL" // at the Span's beginning
)

func (s Span) has(t time.Duration) bool { return s.From <= t && t < s.To }

// draw is a moment of s.
func (s Span) draw(r *rand.Rand) time.Duration {
	if s.To <= s.From {
		return s.From
	}
	return s.From + time.Duration(r.Int64N(int64(s.To-s.From)))
}

func (p Params) random(salt uint64) *rand.Rand { return rand.New(rand.NewPCG(p.Seed, salt)) }

// Start is when a member begins, and when each of its callers calls first, both from the beginning of all.
type Start struct {
	At    time.Duration
	First []time.Duration
}

// starts are those of all members.
func (p Params) starts() []Start {
	r, all := p.random(1), make([]Start, p.Members)
	for i := range all {
		all[i].At = Span{0, p.ColdStart}.draw(r)
		for range p.Callers {
			all[i].First = append(all[i].First, all[i].At+Span{0, p.Every}.draw(r))
		}
	}
	return all
}
