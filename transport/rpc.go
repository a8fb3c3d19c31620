package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/middleware"
)

// RPC sends a token with each call of a gRPC connection. It has the shape of grpc's credentials.PerRPCCredentials, without importing grpc:
//
//	rpc, err := transport.NewRPC(source, "api.example.com")
//	conn, err := grpc.NewClient("api.example.com:443", grpc.WithTransportCredentials(tls), grpc.WithPerRPCCredentials(rpc))
//
// gRPC does not tell it of a refusal: an interceptor that sees codes.Unauthenticated may call fob.CachedSource.Invalidate, as in examples/grpc.
type RPC struct {
	source fob.Source
	hosts  []route.Pattern
}

var errNoRPC = errors.New("transport.NewRPC: no source, or no hosts that may get its token")

// NewRPC returns an RPC for src's token, which may go to hosts, as in middleware.Auth: "api.example.com" (https, port 443),
// "api.example.com/pkg.Service" (one service), "http://127.0.0.1:8080" (loopback only). It fails without a source or hosts, or if a host is
// malformed.
func NewRPC(src fob.Source, hosts ...string) (*RPC, error) {
	if src == nil || len(hosts) == 0 {
		return nil, errNoRPC
	}
	r := &RPC{source: src}
	for _, h := range hosts {
		p, err := route.ParsePattern(h)
		if err != nil {
			return nil, fmt.Errorf("transport.NewRPC: host %q: %w", h, err)
		}
		r.hosts = append(r.hosts, p)
	}
	return r, nil
}

// HostError is returned for a call to a host that must not get the token.
type HostError struct{ Host string }

func (e *HostError) Error() string {
	return "no token for " + e.Host + ": it is none of the hosts that may get it"
}

var (
	errNoURI = errors.New("no token for a call that does not say where it goes")
	errType  = errors.New("it is of a type that no header may have")
)

// GetRequestMetadata returns the token as metadata of a call to uri. A uri that is none of the hosts is a *HostError, no token a
// *middleware.TokenError; no uri is an error too.
func (r *RPC) GetRequestMetadata(ctx context.Context, uri ...string) (map[string]string, error) {
	if len(uri) == 0 {
		return nil, errNoURI
	}
	var host string
	for _, u := range uri {
		t, err := route.ParseURL(u)
		if err != nil {
			return nil, fmt.Errorf("no token for a call: %w", err)
		}
		if host = t.Host; !r.allowed(t) {
			return nil, &HostError{host}
		}
	}
	tok, err := r.source.Token(ctx)
	if err != nil {
		return nil, &middleware.TokenError{Host: host, Err: err}
	}
	scheme, ok := tok.Scheme()
	if !ok {
		return nil, &middleware.TokenError{Host: host, Err: errType}
	}
	return map[string]string{"authorization": scheme + " " + string(tok.Access)}, nil
}

// allowed reports whether t may get the token. grpc says https of each call, also of one that goes to loopback without TLS.
func (r *RPC) allowed(t route.Target) bool {
	plain := t
	plain.Scheme = "http"
	return slices.ContainsFunc(r.hosts, func(p route.Pattern) bool {
		return p.Match(t) || p.Match(plain) // no pattern of http but for loopback
	})
}

// RequireTransportSecurity is true unless all hosts are of plain http, and so on loopback.
func (r *RPC) RequireTransportSecurity() bool {
	return slices.ContainsFunc(r.hosts, func(p route.Pattern) bool { return p.Scheme == "https" })
}
