package main

import (
	"fmt"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

// overStub are the peers whose own cost is taken. The first is taken off, and the last is the measure.
var overStub = []peer.Peer{peer.Bare, peer.FloorAuth, peer.FloorStack, peer.FobAuth, peer.Fob, peer.FobTimeout, peer.Gobreaker, peer.Retryable,
	peer.OAuth2, peer.Failsafe, peer.Cloud, peer.CloudDefault, peer.ORAS, peer.Azure, peer.Glued}

// stub is what each peer adds to a request over a transport that costs next to nothing.
func stub(s settings) (tables []table) {
	for _, w := range peer.Works("") {
		t := table{title: w.Name + " over a stub", head: []string{"", "added ns", "÷ glued", "added allocations", "added bytes"}}
		all := take(s.rounds, s.round, ops(w, overStub, peer.Net{API: peer.Stub, Tokens: peer.Always}))
		base, glued := all[0], all[len(all)-1]
		for i, p := range overStub[1:] {
			c := all[i+1]
			t.add(p.Name, fmt.Sprintf("%.0f", c.median(ns)-base.median(ns)), fmt.Sprintf("%.3f", ratio(c, glued, base)),
				fmt.Sprintf("%.0f", c.median(allocs)-base.median(allocs)), fmt.Sprintf("%.0f", c.median(bytes)-base.median(bytes)))
		}
		tables = append(tables, t)
	}
	return tables
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
