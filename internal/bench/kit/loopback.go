package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/fobkit/fob/internal/bench/peer"
)

// wire is a server on loopback, and a transport that has every address there.
type wire struct {
	name      string
	server    *httptest.Server
	transport *http.Transport
}

// sink takes all of an upload and says little.
var sink = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
	io.Copy(io.Discard, req.Body)
	io.WriteString(w, `{"ok":true}`)
})

// newHTTP1 is without TLS, though the URLs say https: encryption would only hide what the peers cost.
func newHTTP1(h http.Handler) *wire {
	s := httptest.NewServer(h)
	return &wire{"HTTP/1.1", s, &http.Transport{DialTLSContext: dialer(s), MaxIdleConnsPerHost: 64}}
}

func newHTTP2(h http.Handler) *wire {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.StartTLS()
	return &wire{"HTTP/2", s, &http.Transport{DialContext: dialer(s), ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

func dialer(s *httptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

func (w *wire) close() {
	w.transport.CloseIdleConnections()
	w.server.Close()
}

var overLoopback = []peer.Peer{peer.Fob, peer.OAuth2, peer.Failsafe, peer.CloudDefault, peer.Azure, peer.Glued}

// loopback is what each peer takes over a connection that is kept alive, as a part of what the bare transport takes with the
// same header.
func loopback(s settings) table {
	t := table{title: "Over loopback", head: []string{"÷ http.Transport"}}
	ratios := make([][]string, len(overLoopback))
	for _, w := range []*wire{newHTTP1(sink), newHTTP2(sink)} {
		for i, work := range peer.Works("") {
			t.head = append(t.head, w.name+" "+work.Name)
			bare := ops(peer.Works(peer.Authorization)[i], []peer.Peer{peer.Bare}, peer.Net{API: w.transport})
			all := alternate(s.rounds, s.turns, append(bare, ops(work, overLoopback, peer.Net{API: w.transport, Tokens: peer.Always})...))
			for j := range overLoopback {
				ratios[j] = append(ratios[j], fmt.Sprintf("%.2f", ratio(all[j+1], all[0], nil)))
			}
		}
		w.close()
	}
	for j, p := range overLoopback {
		t.add(append([]string{p.Name}, ratios[j]...)...)
	}
	return t
}
