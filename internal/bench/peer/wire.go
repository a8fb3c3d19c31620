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
	Server    *httptest.Server
	Transport *http.Transport
}

// HTTP1 is without TLS, though the URLs say https: encryption would only hide what the peers cost.
func HTTP1(h http.Handler) *Wire {
	s := httptest.NewServer(h)
	return &Wire{"HTTP/1.1", s, &http.Transport{DialTLSContext: dialer(s), MaxIdleConnsPerHost: 64}}
}

// HTTP2 is with TLS.
func HTTP2(h http.Handler) *Wire {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.StartTLS()
	return &Wire{"HTTP/2", s, &http.Transport{DialContext: dialer(s), ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

func dialer(s *httptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

// Close ends both.
func (w *Wire) Close() {
	w.Transport.CloseIdleConnections()
	w.Server.Close()
}
