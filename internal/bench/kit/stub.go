package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// overStub are the peers whose own cost is taken. The first is taken off, and the last is the measure.
var overStub = []peer.Peer{peer.Bare, peer.FloorAuth, peer.FloorStack, peer.FobAuth, peer.Fob, peer.FobTimeout, peer.Gobreaker, peer.Retryable,
	peer.OAuth2, peer.Failsafe, peer.Cloud, peer.CloudDefault, peer.ORAS, peer.Azure, peer.Glued}

// stub is what each peer adds to a request over a transport that costs next to nothing.
func stub(s settings) (tables []table) {
	for _, w := range peer.Works("") {
		tables = append(tables, added(w, take(s.rounds, s.round, ops(w, overStub, peer.Net{API: peer.Stub, Tokens: peer.Always}))))
	}
	return tables
}

func added(w peer.Work, all []series) table {
	t := table{title: w.Name, head: []string{"added by", "ns", "÷ glued", "allocations", "bytes"}}
	t.plot = &bars{file: "kit-" + strings.ToLower(strings.ReplaceAll(w.Name, " ", "-")) + ".svg", format: "%.3f",
		title: "Time added to a " + w.Name + ", as a part of what the glued libraries add"}
	base, glued := all[0], all[len(all)-1]
	for i, p := range overStub[1:] {
		c, part := all[i+1], max(0, ratio(all[i+1], glued, base)) // less than nothing is noise
		t.add(p.Name, fmt.Sprintf("%.0f", max(0, c.median(ns)-base.median(ns))), fmt.Sprintf("%.3f", part),
			fmt.Sprintf("%.0f", c.median(allocs)-base.median(allocs)), fmt.Sprintf("%.0f", c.median(bytes)-base.median(bytes)))
		t.plot.add(p.Name, part)
	}
	return t
}

// ops are w over each of the peers.
func ops(w peer.Work, peers []peer.Peer, n peer.Net) (all []func()) {
	for _, p := range peers {
		rt := p.Wrap(n)
		all = append(all, func() {
			if err := w.Do(rt); err != nil {
				panic(p.Name + ": " + err.Error())
			}
		})
	}
	return all
}

// settings say how long to measure.
type settings struct {
	rounds int
	round  time.Duration // about so long each
	turns  int           // or so many
}
