package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/fobkit/fob"
)

// Order is what a real member is told on its standard input. It answers with a Tally on its output.
type Order struct {
	Params Params
	Way    Way
	Begin  time.Time // of all
	Start  Start     // its own
	URL    string    // of the token endpoint
	Store  string    // of Redis
	Keys   string    // that seal what lies there: worth nothing after the run
}

// errLate says that this machine cannot bear so many processes at once.
var errLate = errors.New("started after its time")

// Carry calls sources as the order says, to the end.
func (o Order) Carry(open func() []fob.Source) (*Tally, error) {
	tally, wait := new(Tally), time.Until(o.Begin.Add(o.Start.At))
	if wait < 0 {
		return nil, errLate
	}
	time.Sleep(wait)
	var wg sync.WaitGroup
	ctx, cancel := context.WithDeadline(context.Background(), o.Begin.Add(o.Params.Last))
	defer cancel()
	sources := owned(open())
	for i, first := range o.Start.First {
		wg.Go(func() { o.repeat(ctx, sources[i%len(sources)], first, tally) })
	}
	wg.Wait()
	return tally, nil
}

// repeat is one caller.
func (o Order) repeat(ctx context.Context, src *own, first time.Duration, t *Tally) {
	time.Sleep(time.Until(o.Begin.Add(first)))
	for ticks := time.NewTicker(o.Params.Every); ctx.Err() == nil; {
		t.called()
		src.call(ctx, o.Begin, t)
		select {
		case <-ticks.C:
		case <-ctx.Done():
		}
	}
}

// patience is for so many processes to begin.
func (p Params) patience() time.Duration {
	return 3*time.Second + time.Duration(p.Members)*60*time.Millisecond
}

// Run is Simulate with real processes: program, once for each member, and a real network.
func Run(ctx context.Context, p Params, way Way, program, store, keys string) (Outcome, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Outcome{}, err
	}
	start := time.Now().Add(p.patience())
	s := NewServer(p, start)
	server := &http.Server{Handler: s}
	defer server.Close()
	go server.Serve(l)
	order := Order{Params: p, Way: way, Begin: start, URL: "http://" + l.Addr().String() + "/token", Store: store, Keys: keys}
	tally, err := order.giveAll(ctx, program)
	return s.outcome(way, tally), err
}

// giveAll runs every member, and adds up what they say.
func (o Order) giveAll(ctx context.Context, program string) (all *Tally, first error) {
	all = new(Tally)
	var wg sync.WaitGroup
	for _, start := range o.Params.starts() {
		wg.Go(func() {
			tally, err := o.of(start).give(ctx, program)
			all.merge(tally)
			if err != nil {
				all.mu.Lock()
				defer all.mu.Unlock()
				first = err
			}
		})
	}
	wg.Wait()
	return all, first
}

// of is a member's own order.
func (o Order) of(start Start) Order {
	o.Start = start
	return o
}

// give runs one member.
func (o Order) give(ctx context.Context, program string) (tally *Tally, err error) {
	tally = new(Tally)
	cmd := exec.CommandContext(ctx, program)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return tally, err
	}
	go func() {
		defer in.Close()
		json.NewEncoder(in).Encode(o) // if it fails, so does the member
	}()
	out, err := cmd.Output()
	if err != nil {
		return tally, err
	}
	return tally, json.Unmarshal(out, tally)
}
