package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/flight"
	"github.com/redis/rueidis"
)

const (
	// dialTimeout bounds each step to a connection. It is shorter than tier's patience with a call, which would have nothing to say of why, and than
	// the second after which a lost packet is sent again: a new try is sooner there.
	dialTimeout = 400 * time.Millisecond

	// silence is how long a connection may say nothing before the server is asked for a sign of life, and patient how long it then has, and each
	// request. Longer, and the connection has ended. Thousands of idle members ask, so that it is seldom.
	silence, patient = 10 * time.Second, 4 * time.Second

	// mute is after how many pings without an answer a connection is given up.
	mute = 3

	// parting is how long Close waits for the server.
	parting = time.Second

	// buffer is that of each direction. rueidis' own, half a mebibyte, would be most of a small program.
	buffer = 16 << 10

	// waiting is how many requests may be under way, as a power of two.
	waiting = 8
)

// keepAlive has the kernels find out that a machine is cut off, within three seconds: that costs the server nothing.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2}

var (
	// ErrClosed is what a Store fails with that was closed.
	ErrClosed = errors.New("redis: store is closed")

	// errEnded is what rueidis gets that would connect anew: nothing was written yet, and another client is to be made.
	errEnded = errors.New("connection has ended")
)

// link is the connection to a server: one, made when it is first needed, and again when it is needed after it has ended. Each is a rueidis.Client
// of its own, since one that connects anew by itself does so in some caller's time, while others wait without regard for theirs.
type link struct {
	server address
	tls    *tls.Config
	name   func(key string) (string, bool) // of a record, by its key

	dialing flight.Flight[rueidis.Client]
	late    atomic.Int32 // tries, one after another, for which the server took too long
	unheard atomic.Int32 // pings, one after another, without an answer

	mu      sync.Mutex
	open    rueidis.Client // nil: none
	conn    net.Conn       // the last that was made
	closed  bool
	watches []func(name string)
}

// Watch is tier.Far's.
func (l *link) Watch(changed func(name string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watches = append(l.watches, changed)
}

// client returns the one there is, or connects.
func (l *link) client(ctx context.Context) (rueidis.Client, error) {
	l.mu.Lock()
	c, closed := l.open, l.closed
	l.mu.Unlock()
	switch {
	case closed:
		return nil, ErrClosed
	case c != nil:
		return c, nil
	}
	return l.dialing.Do(ctx, l.connect)
}

// connect is bounded by dialTimeout and patience.
func (l *link) connect(context.Context) (rueidis.Client, error) {
	c, err := rueidis.NewClient(l.options())
	if err != nil {
		if c != nil {
			c.Close()
		}
		if isTimeout(err) {
			l.late.Add(1)
		}
		return nil, &dialError{err}
	}
	l.late.Store(0)
	l.mu.Lock()
	closed := l.closed
	if !closed {
		l.open = c
	}
	l.mu.Unlock()
	if closed {
		c.Close()
		return nil, ErrClosed
	}
	return c, nil
}

// options are those of one connection. RESP3 and OPTOUT have every plain read tracked.
func (l *link) options() rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress:           []string{l.server.address},
		DialCtxFn:             l.once(),
		Dialer:                net.Dialer{Timeout: l.patience(), KeepAlive: silence},
		ConnWriteTimeout:      patient,
		Username:              l.server.user,
		Password:              string(l.server.password),
		SelectDB:              l.server.db,
		ClientName:            "fob",
		ClientSetInfo:         rueidis.DisableClientSetInfo,
		ClientTrackingOptions: []string{"OPTOUT"},
		OnInvalidations:       l.invalidated,
		ForceSingleClient:     true,
		PipelineMultiplex:     -1,
		DisableRetry:          true,
		RingScaleEachConn:     waiting,
		ReadBufferEachConn:    buffer,
		WriteBufferEachConn:   buffer,
	}
}

// patience is how long the server may take over a TLS handshake, and then over its greeting: longer with each try for which it took too long, so
// that a slow one is reached too. Who waits for the connection leaves before.
func (l *link) patience() time.Duration { return dialTimeout << min(l.late.Load(), 2) }

// once connects the first time, and says ever after that the connection has ended.
func (l *link) once() func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
	var used atomic.Bool
	return func(ctx context.Context, address string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
		if used.Swap(true) {
			return nil, errEnded
		}
		conn, err := (&net.Dialer{Timeout: dialTimeout, KeepAliveConfig: keepAlive}).DialContext(ctx, l.server.network, address)
		if err != nil {
			return nil, err
		}
		l.hold(conn)
		if l.tls == nil {
			return conn, nil
		}
		return l.handshake(ctx, conn)
	}
}

// hold has Close end conn, and does so itself if it comes too late.
func (l *link) hold(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	if l.closed {
		conn.Close()
	}
}

func (l *link) handshake(ctx context.Context, conn net.Conn) (net.Conn, error) {
	x509.SystemCertPool() // is slow the first time, and not to be counted
	ctx, cancel := context.WithTimeout(ctx, l.patience())
	defer cancel()
	secure := tls.Client(conn, l.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{err}
	}
	return secure, nil
}

// drop makes room for the next client, unless that is here already.
func (l *link) drop(c rueidis.Client) {
	l.mu.Lock()
	if l.open == c {
		l.open = nil
	}
	l.mu.Unlock()
	c.Close()
}

// invalidated is called by the goroutine that reads, with the keys that changed; with none if all were deleted, or the connection has ended,
// so that nothing is heard of changes any more.
func (l *link) invalidated(keys []rueidis.RedisMessage) {
	if len(keys) == 0 {
		l.changed("")
	}
	for _, k := range keys {
		if key, err := k.ToString(); err == nil {
			if name, ok := l.name(key); ok { // not a lease's
				l.changed(name)
			}
		}
	}
}

func (l *link) changed(name string) {
	l.mu.Lock()
	watches := slices.Clone(l.watches)
	if l.closed {
		watches = nil
	}
	l.mu.Unlock()
	for _, changed := range watches {
		changed(name)
	}
}

// sever ends the connection at once, without a word to the server.
func (l *link) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.conn.Close()
	}
}

// Close ends the connection, and waits for it: for at most a second, if the server is silent. One that is still being made ends at once.
func (l *link) Close() {
	l.mu.Lock()
	c, conn := l.open, l.conn
	l.open, l.closed = nil, true
	l.mu.Unlock()
	switch {
	case c != nil:
		defer time.AfterFunc(parting, l.sever).Stop()
		c.Close()
	case conn != nil:
		conn.Close()
	}
	l.dialing.Wait(context.Background())
}
