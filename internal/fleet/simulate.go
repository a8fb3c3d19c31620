package fleet

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob"
)

// tick is how finely calls are spread.
const tick = 10 * time.Millisecond

// endpoint is where no network leads.
const endpoint = "https://login.example.com/token"

// simulation is a fleet in a synctest bubble.
type simulation struct {
	params Params
	server *Server
	start  time.Time
	tally  Tally
	shared *shared
	slots  [][]caller // by the tick of a period that they call at
	wg     sync.WaitGroup
}

// caller has no goroutine but while it waits: 100,000 times ten of them would not fit.
type caller struct {
	*own
	from time.Duration
	busy *atomic.Bool
}

// Simulate runs a fleet to its end. It must be called in a synctest bubble.
func Simulate(p Params, way Way) Outcome {
	start := time.Now()
	s := &simulation{params: p, start: start, server: NewServer(p, start), shared: newShared(p, start), slots: make([][]caller, p.Every/tick)}
	s.join(s.sources(way))
	s.wg.Go(s.shared.suffer)
	s.run()
	o := s.outcome(way)
	time.Sleep(time.Minute) // what is under way ends
	s.shared.close()
	return o
}

// join has each member's callers call the sources that open gives it.
func (s *simulation) join(open func(member int) []fob.Source) {
	for member, start := range s.params.starts() {
		keys := owned(open(member))
		for i, first := range start.First {
			n := int(first / tick)
			slot := &s.slots[n%len(s.slots)]
			*slot = append(*slot, caller{keys[i%len(keys)], time.Duration(n) * tick, new(atomic.Bool)})
		}
	}
}

// sources gives each member its own.
func (s *simulation) sources(way Way) func(member int) []fob.Source {
	grants := s.params.Grants(endpoint, s.server)
	return func(int) []fob.Source {
		switch way {
		case Alone:
			return s.params.Alone(endpoint, s.server)
		case Jitter:
			return s.params.Cached(new(fob.Cache), grants)
		}
		return s.params.Cached(&fob.Cache{Store: s.shared.member()}, grants)
	}
}

func (s *simulation) run() {
	ctx, cancel := context.WithCancel(context.Background())
	for n, at := 0, time.Duration(0); at < s.params.Last; n, at = n+1, at+tick {
		callers := s.slots[n%len(s.slots)]
		if len(callers) > 0 {
			time.Sleep(time.Until(s.start.Add(at)))
		}
		for _, c := range callers {
			if at >= c.from && !c.busy.Load() {
				s.call(ctx, c)
			}
		}
	}
	time.Sleep(time.Until(s.start.Add(s.params.Last)))
	cancel()
	s.wg.Wait()
}

func (s *simulation) call(ctx context.Context, c caller) {
	s.tally.Calls++
	if c.ready(s.start, &s.tally) {
		return
	}
	c.busy.Store(true)
	s.wg.Go(func() {
		defer c.busy.Store(false)
		c.call(ctx, s.start, &s.tally)
	})
}
