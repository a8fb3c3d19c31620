package oauthtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
)

// network is what a listening Server holds: an http and an https server, and the way to them.
type network struct {
	ca            *authority
	plain, tls    net.Listener
	servers       [2]*http.Server
	serving       sync.WaitGroup
	client        *http.Client
	dial, tlsDial dialer
}

type dialer func(ctx context.Context) (net.Conn, error)

// Start listens for http and https on 127.0.0.1, on ports of the system's choice.
func Start(o Options) (*Server, error) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		plain.Close()
		return nil, err
	}
	return start(o, plain, secure, dialTo(plain), dialTo(secure))
}

// StartInMemory is Start without sockets: connections are pipes that only [Server.Client] knows of. Such a server can
// live in a testing/synctest bubble, where its tokens age by the bubble's clock.
func StartInMemory(o Options) (*Server, error) {
	plain, secure := newPipes(80), newPipes(443)
	return start(o, plain, secure, plain.dial, secure.dial)
}

func start(o Options, plain, secure net.Listener, dial, tlsDial dialer) (*Server, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, errors.Join(err, plain.Close(), secure.Close())
	}
	s := Handler(o)
	s.URL, s.PlainURL = "https://"+secure.Addr().String(), "http://"+plain.Addr().String()
	s.net.ca, s.net.plain, s.net.tls, s.net.dial, s.net.tlsDial = ca, plain, secure, dial, tlsDial
	s.net.client = s.newClient()
	quiet := log.New(io.Discard, "", 0) // a client that leaves in the middle of a handshake is no news
	for i := range s.net.servers {
		s.net.servers[i] = &http.Server{Handler: s, ErrorLog: quiet, TLSConfig: &tls.Config{GetCertificate: ca.certificate}}
	}
	s.net.serving.Go(func() { s.net.servers[0].Serve(plain) })
	s.net.serving.Go(func() { s.net.servers[1].ServeTLS(secure, "", "") })
	return s, nil
}

// Close cuts every connection, lets go what hangs and waits until nothing listens any more.
func (s *Server) Close() {
	if s.net.ca != nil {
		for _, srv := range s.net.servers {
			srv.Close()
		}
		s.net.client.CloseIdleConnections()
		s.net.serving.Wait()
	}
	s.Heal()
}

// Client returns a client that trusts the Server and reaches it under any host name: a literal loopback address is
// dialled as it is, every other name leads here, by its port to the https or (80) the http side.
func (s *Server) Client() *http.Client { return s.net.client }

func (s *Server) newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:     s.dialContext,
		TLSClientConfig: &tls.Config{RootCAs: s.Pool()},
	}}
}

func (s *Server) dialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	switch ip := net.ParseIP(host); {
	case addr == s.net.plain.Addr().String(), ip == nil && port == "80":
		return s.net.dial(ctx)
	case addr == s.net.tls.Addr().String(), ip == nil:
		return s.net.tlsDial(ctx)
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}

func dialTo(l net.Listener) dialer {
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}
}

// Pool holds the authority that signed the Server's certificates.
func (s *Server) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.net.ca.cert)
	return pool
}

// Host is the host and port of the https side.
func (s *Server) Host() string { return strings.TrimPrefix(s.URL, "https://") }
