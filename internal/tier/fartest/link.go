package fartest

import (
	"context"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fobkit/fob/internal/tier"
)

// resend is how long a packet's loss delays it.
const resend = 200 * time.Millisecond

// Way is what lies between a member and the server. The zero Way takes no time and loses nothing.
type Way struct {
	Latency time.Duration // there and back
	Jitter  time.Duration // at most so much more, at random
	Loss    float64       // the share of packets that are lost, one way, and sent again 200 ms later
}

// Link is one member's connection: a tier.Far.
type Link struct {
	server *Server
	way    Way

	mu      sync.Mutex
	changed []func(string)
	cut     chan struct{} // nil: it is not. Closed when it is mended
	counts  map[string]int
}

var _ tier.Far = (*Link)(nil)

// Link connects a member.
func (s *Server) Link(way Way) *Link { return &Link{server: s, way: way} }

// Cut loses all packets, both ways, until Mend.
func (l *Link) Cut() {
	l.mu.Lock()
	if l.cut == nil {
		l.cut = make(chan struct{})
	}
	l.mu.Unlock()
	l.server.forget(l)
}

// Mend ends Cut. The connection is begun anew.
func (l *Link) Mend() {
	l.mu.Lock()
	if l.cut != nil {
		close(l.cut)
		l.cut = nil
	}
	l.mu.Unlock()
	l.push("")
}

// Counts is how many requests were made, by the name of the method.
func (l *Link) Counts() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts)
}

func (l *Link) count(method string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	set(&l.counts, method, l.counts[method]+1)
}

func (l *Link) isCut() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// oneWay is how long a packet takes, with those that are lost before it.
func (w Way) oneWay() time.Duration {
	d := w.Latency / 2
	if w.Jitter > 0 {
		d += rand.N(w.Jitter/2 + 1)
	}
	for w.Loss > 0 && rand.Float64() < min(w.Loss, 0.9) {
		d += resend
	}
	return d
}

// push tells this member of a change, if it is connected when the word arrives.
func (l *Link) push(name string) {
	time.AfterFunc(l.way.oneWay(), func() {
		l.mu.Lock()
		changed := l.changed
		if l.cut != nil {
			changed = nil
		}
		l.mu.Unlock()
		for _, tell := range changed {
			tell(name)
		}
	})
}

// roundTrip has the server do what a request says.
func (l *Link) roundTrip(ctx context.Context, method string, do func() error) error {
	l.count(method)
	if err := l.pass(ctx); err != nil {
		return err
	}
	stopped, err := l.server.state()
	if err == nil {
		err = wait(ctx, stopped)
	}
	if err != nil {
		return err
	}
	err = do()
	if lost := l.pass(ctx); lost != nil {
		return lost // it is done, but nobody knows
	}
	return err
}

// pass is one packet's way.
func (l *Link) pass(ctx context.Context) error {
	if err := wait(ctx, l.isCut()); err != nil {
		return err
	}
	d := l.way.oneWay()
	if d == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return wait(ctx, l.isCut())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns when over is closed, at once if it is nil; or when ctx ends, with its error.
func wait(ctx context.Context, over <-chan struct{}) error {
	if over == nil {
		return nil
	}
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
