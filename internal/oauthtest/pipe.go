package oauthtest

import (
	"context"
	"net"
	"sync"
)

// pipes is a net.Listener whose connections are net.Pipe.
type pipes struct {
	addr  net.TCPAddr
	conns chan net.Conn
	done  chan struct{}
	close func()

	mu   sync.Mutex
	live []net.Conn // our ends
}

func newPipes(port int) *pipes {
	p := &pipes{addr: net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, conns: make(chan net.Conn), done: make(chan struct{})}
	p.close = sync.OnceFunc(p.hangUp)
	return p
}

// hangUp ends the connections too. Otherwise TLS says goodbye when a side closes, which waits in a pipe for a reader: if both sides close at once,
// for ever, since synctest's time stands still while http.Server holds its lock.
func (p *pipes) hangUp() {
	close(p.done)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.live {
		c.Close()
	}
}

func (p *pipes) Addr() net.Addr { return &p.addr }

func (p *pipes) Close() error {
	p.close()
	return nil
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	p.mu.Lock()
	p.live = append(p.live, there)
	p.mu.Unlock()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
