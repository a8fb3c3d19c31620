package rttest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// conn is one end of a connection in memory. Unlike net.Pipe's it has a buffer, as a socket has: crypto/tls says goodbye while
// net/http holds a mutex, and a bubble's clock stands still while a goroutine waits for one.
type conn struct{ in, out *half }

func newPipe() (near, far conn) {
	a, b := newHalf(), newHalf()
	return conn{a, b}, conn{b, a}
}

func (c conn) Read(p []byte) (int, error)         { return c.in.read(p) }
func (c conn) Write(p []byte) (int, error)        { return c.out.write(p) }
func (c conn) LocalAddr() net.Addr                { return loopback }
func (c conn) RemoteAddr() net.Addr               { return loopback }
func (c conn) SetReadDeadline(t time.Time) error  { return c.in.until(t) }
func (c conn) SetWriteDeadline(t time.Time) error { return c.out.hurry(!t.IsZero()) }

func (c conn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c conn) Close() error {
	c.in.end()
	c.out.end()
	return nil
}

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}

// half is one direction.
type half struct {
	mu       sync.Mutex
	change   sync.Cond
	buf      []byte
	ended    bool
	hurried  bool // its writer has a deadline, and so does not wait for room
	deadline time.Time
}

const bufferSize = 64 << 10

func newHalf() *half {
	h := new(half)
	h.change.L = &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case !h.deadline.IsZero() && !time.Now().Before(h.deadline):
			return 0, os.ErrDeadlineExceeded
		case len(h.buf) > 0:
			n := copy(p, h.buf)
			h.buf = h.buf[n:]
			h.change.Broadcast()
			return n, nil
		case h.ended:
			return 0, io.EOF
		}
		h.change.Wait()
	}
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for sent := 0; ; {
		if h.ended {
			return sent, io.ErrClosedPipe
		}
		room := max(0, bufferSize-len(h.buf))
		if h.hurried {
			room = len(p)
		}
		n := min(room, len(p)-sent)
		h.buf = append(h.buf, p[sent:sent+n]...)
		h.change.Broadcast()
		if sent += n; sent == len(p) {
			return sent, nil
		}
		h.change.Wait()
	}
}

func (h *half) until(t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deadline = t
	h.change.Broadcast()
	if !t.IsZero() {
		time.AfterFunc(time.Until(t), h.change.Broadcast)
	}
	return nil
}

func (h *half) hurry(on bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hurried = on
	h.change.Broadcast()
	return nil
}

func (h *half) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.change.Broadcast()
}
