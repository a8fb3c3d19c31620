package retry

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// Unwritten reports whether err's type alone proves that no byte of the request reached the server: the connection was never
// made, its certificate was refused, or the server refused the stream (RFC 9113 §8.7) before it looked at it.
// False proves nothing.
func Unwritten(err error) bool {
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var stream streamError
	switch {
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return true
	case errors.As(err, &cert):
		return true
	}
	return errors.As(err, &stream) && stream.Code == refusedStream
}

// refusedStream is HTTP/2's REFUSED_STREAM (RFC 9113 §7).
const refusedStream = 7

// streamError has the shape of golang.org/x/net/http2.StreamError, which net/http's own, unexported one converts itself
// to for errors.As. Naming the fields here saves linking a second HTTP/2.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamError) Error() string { return "stream error" }

// Wire watches one attempt's way to the network, since some failures before the first byte (a handshake that times out, a ctx
// that ends in a dial) cannot be told by type. The zero Wire is ready.
type Wire struct{ asked, got, reused atomic.Bool }

// Watch returns ctx with w's hooks in it, beside any that are there.
func (w *Wire) Watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			w.got.Store(true)
			w.reused.Store(info.Reused)
		},
	})
}

// Unwritten reports whether the attempt that was watched, and failed with err, provably never wrote to the server. A RoundTripper
// that calls no hooks proves nothing by their silence.
func (w *Wire) Unwritten(err error) bool {
	return Unwritten(err) || w.asked.Load() && !w.got.Load()
}

// Passing reports whether err may pass: by its type, or because the connection had served before and may have died idle, which
// net/http reports by an error without a type.
func (w *Wire) Passing(err error) bool {
	return Passing(err) || w.reused.Load() && !errors.Is(err, context.Canceled)
}
