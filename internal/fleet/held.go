package fleet

import "time"

// Held is the run that real processes made and the simulation is held against: as many processes as a machine of two cores bears, tokens of 20 s,
// three lifetimes, and an outage of 3 s about the time when the first tokens end. It was written down before either was run.
func Held(seed uint64) Params {
	return Params{
		Members: 200, Keys: 1, Callers: 2, Every: time.Second,
		ColdStart: 5 * time.Second, Last: 60 * time.Second,
		Life: 20 * time.Second, Answer: Span{50 * time.Millisecond, 150 * time.Millisecond},
		Outage: Span{19 * time.Second, 22 * time.Second},
		Link:   100 * time.Microsecond, Serve: 20 * time.Microsecond,
		Seed: seed,
	}
}
