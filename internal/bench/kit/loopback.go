package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/fobkit/fob/internal/bench/peer"
)

// sink takes all of an upload and says little.
var sink = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
	io.Copy(io.Discard, req.Body)
	io.WriteString(w, `{"ok":true}`)
})

var overLoopback = []peer.Peer{peer.Fob, peer.OAuth2, peer.Failsafe, peer.CloudDefault, peer.Azure, peer.Glued}

// loopback is what each peer takes over a connection that is kept alive, as a part of what the bare transport takes with the
// same header.
func loopback(s settings) table {
	t := table{title: "Over loopback", head: []string{"÷ http.Transport"}}
	ratios := make([][]string, len(overLoopback))
	for _, w := range []*peer.Wire{peer.HTTP1(sink), peer.HTTP2(sink)} {
		for i, work := range peer.Works("") {
			t.head = append(t.head, w.Name+" "+work.Name)
			bare := ops(peer.Works(peer.Authorization)[i], []peer.Peer{peer.Bare}, peer.Net{API: w.Transport})
			all := alternate(s.rounds, s.turns, append(bare, ops(work, overLoopback, peer.Net{API: w.Transport, Tokens: peer.Always})...))
			for j := range overLoopback {
				ratios[j] = append(ratios[j], fmt.Sprintf("%.2f", ratio(all[j+1], all[0], nil)))
			}
		}
		w.Close()
	}
	for j, p := range overLoopback {
		t.add(append([]string{p.Name}, ratios[j]...)...)
	}
	return t
}
