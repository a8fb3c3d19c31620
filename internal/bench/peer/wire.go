package peer

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
)

// Wire is a server on loopback, and a transport that has every address there.
type Wire struct {
	Name      string
	Transport *http.Transport
	server    *httptest.Server
}

// HTTP1 is without TLS, though the URLs say https: encryption would only hide what the peers cost.
func HTTP1(h http.Handler) *Wire {
	s := Serve(h, false)
	return &Wire{"HTTP/1.1", Transport1(s.Listener.Addr().String()), s}
}

// Serve begins to serve HTTP/1.1 in the clear, or HTTP/2 with TLS.
func Serve(h http.Handler, http2 bool) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	if s.EnableHTTP2 = http2; http2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	return s
}

// Transport1 and Transport2 have every address at addr.
func Transport1(addr string) *http.Transport {
	return &http.Transport{DialTLSContext: dialer(addr), MaxIdleConnsPerHost: 64}
}

// Transport2 does so by HTTP/2.
func Transport2(addr string) *http.Transport {
	return &http.Transport{DialContext: dialer(addr), ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
}

func dialer(addr string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}

// Close ends both.
func (w *Wire) Close() {
	w.Transport.CloseIdleConnections()
	w.server.Close()
}
