//go:build linux

package e2e

import (
	"net"
	"sync"
	"testing"
)

// gate is the way from a machine to Redis.
type gate struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	open  chan struct{} // closed when bytes get through
	gone  bool          // connections are refused
	conns map[net.Conn]bool
}

func newGate(t *testing.T, from, to string) *gate {
	t.Helper()
	g := &gate{listener: listen(t, from), to: to, open: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(g.open)
	go g.serve()
	t.Cleanup(func() { g.listener.Close(); g.reset() })
	return g
}

// listen listens at any port of an address.
func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (g *gate) serve() {
	for {
		from, err := g.listener.Accept()
		if err != nil {
			return
		}
		go g.pass(from)
	}
}

func (g *gate) pass(from net.Conn) {
	to, err := net.Dial("tcp", g.to)
	if err != nil {
		end(from)
		return
	}
	if g.admit(from, to) {
		go g.pump(from, to)
		g.pump(to, from)
	}
}

func (g *gate) admit(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		if g.conns[c] = true; g.gone {
			end(c)
		}
	}
	return !g.gone
}

// end has the other side get a reset.
func end(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func (g *gate) pump(to, from net.Conn) {
	defer from.Close()
	defer to.Close()
	for buf := make([]byte, 16<<10); ; {
		n, err := from.Read(buf)
		g.mu.Lock()
		open := g.open
		g.mu.Unlock()
		<-open
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			return
		}
	}
}

// hold lets nothing through, and says so to nobody.
func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

// release lets through what was held.
func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.open)
}

// reset ends all connections.
func (g *gate) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		end(c)
	}
	clear(g.conns)
}

// shut ends all connections, and refuses new ones until they are let in.
func (g *gate) shut() {
	g.let(false)
	g.reset()
}

// admitAll ends shut.
func (g *gate) admitAll() { g.let(true) }

func (g *gate) let(in bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone = !in
}

func (g *gate) address() string { return g.listener.Addr().String() }
