package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/fobkit/fob/internal/bench/peer"
)

// sink takes all of an upload and says little.
var sink = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
	io.Copy(io.Discard, req.Body)
	io.WriteString(w, `{"ok":true}`)
})

var overLoopback = []peer.Peer{peer.FloorStack, peer.Fob, peer.OAuth2, peer.Failsafe, peer.CloudDefault, peer.Azure, peer.Glued}

// wires are the ways to the sink, by protocol.
type wires struct{ http1, http2 string }

// serveSink serves until stdin ends, and says where. It is a process of its own: no client has its server's garbage to collect.
func serveSink() {
	one, two := peer.Serve(sink, false), peer.Serve(sink, true)
	fmt.Println(one.Listener.Addr(), two.Listener.Addr())
	io.Copy(io.Discard, os.Stdin)
}

// asSink is the environment of a process that is only a sink.
const asSink = "FOB_BENCH_SINK=1"

// startSink runs this program once more, as a sink.
func startSink() (w wires, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return w, nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asSink)
	in, err := cmd.StdinPipe()
	if err != nil {
		return w, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return w, nil, err
	}
	if err := cmd.Start(); err != nil {
		return w, nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	w.http1, w.http2, _ = strings.Cut(strings.TrimSpace(line), " ")
	return w, func() { in.Close(); cmd.Wait() }, err
}

// loopback is what each peer takes over a connection that is kept alive, as a part of what the bare transport takes with the
// same header.
func loopback(s settings) (table, error) {
	w, stop, err := startSink()
	if err != nil {
		return table{}, err
	}
	defer stop()
	t := table{title: "Time ÷ http.Transport's", head: []string{""}}
	ratios := make([][]string, len(overLoopback))
	for _, way := range []struct {
		name string
		*http.Transport
	}{{"HTTP/1.1", peer.Transport1(w.http1)}, {"HTTP/2", peer.Transport2(w.http2)}} {
		for i, work := range peer.Works("") {
			t.head = append(t.head, way.name+" "+work.Name)
			bare := ops(peer.Works(peer.Authorization)[i], []peer.Peer{peer.Bare}, peer.Net{API: way.Transport})
			all := alternate(s.rounds, s.turns, append(bare, ops(work, overLoopback, peer.Net{API: way.Transport, Tokens: peer.Always})...))
			for j := range overLoopback {
				ratios[j] = append(ratios[j], fmt.Sprintf("%.2f", ratio(all[j+1], all[0], nil)))
			}
		}
		way.CloseIdleConnections()
	}
	for j, p := range overLoopback {
		t.add(append([]string{p.Name}, ratios[j]...)...)
	}
	return t, nil
}
