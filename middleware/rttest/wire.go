package rttest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"
)

// wire is a server of net/http for Origin and a Transport that reaches it, over pipes, with TLS.
type wire struct {
	base   *http.Transport
	server *http.Server
	lines  listener
	conns  atomic.Int32 // that were dialed
}

// protocol is what a wire speaks.
type protocol string

const (
	http1 protocol = "HTTP/1.1"
	http2 protocol = "HTTP/2"
)

func (p protocol) protocols() *http.Protocols {
	var ps http.Protocols
	ps.SetHTTP1(p == http1)
	ps.SetHTTP2(p == http2)
	return &ps
}

func newWire(p protocol, handler http.HandlerFunc) *wire {
	cert := certificate()
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	w := &wire{lines: listener{conns: make(chan net.Conn), closed: make(chan struct{})}}
	w.base = &http.Transport{
		DialContext: w.dial, TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: p.protocols(),
		TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: time.Second,
	}
	w.server = &http.Server{
		Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, Protocols: p.protocols(),
		ErrorLog: log.New(io.Discard, "", 0), // of streams that the client has given up
	}
	go w.server.ServeTLS(&w.lines, "", "")
	return w
}

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := newPipe()
	select {
	case w.lines.conns <- far:
		w.conns.Add(1)
		return near, nil
	case <-w.lines.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close ends server and connections, and waits for what they take to end.
func (w *wire) close() {
	w.base.CloseIdleConnections()
	w.server.Close()
	time.Sleep(time.Minute)
	synctest.Wait()
}

// listener accepts what is dialed.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return loopback }

// certificate is Origin's, signed by itself. It holds at any time that a bubble's clock may show.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	origin, _ := url.Parse(Origin)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{origin.Host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	if err != nil {
		panic(err)
	}
	if leaf, err = x509.ParseCertificate(der); err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})
