package transport_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/transport"
)

// perRPC is grpc's credentials.PerRPCCredentials.
type perRPC interface {
	GetRequestMetadata(ctx context.Context, uri ...string) (map[string]string, error)
	RequireTransportSecurity() bool
}

var _ perRPC = (*transport.RPC)(nil)

func newRPC(t *testing.T, src fob.Source, hosts ...string) *transport.RPC {
	t.Helper()
	rpc, err := transport.NewRPC(src, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return rpc
}

func TestAnRPCsTokenGoesToItsHostsOnly(t *testing.T) {
	rpc := newRPC(t, new(tokens), "api.example.com", "*.k8s.example.com:6443", "one.example.com/pkg.Service", "http://127.0.0.1:8080")
	for uri, want := range map[string]bool{
		"https://api.example.com/pkg.Service":          true, // as grpc writes it: without :443 and without the method
		"https://api.example.com:443/pkg.Service":      true,
		"https://a.k8s.example.com:6443/pkg.Service":   true,
		"https://one.example.com/pkg.Service":          true,
		"https://127.0.0.1:8080/pkg.Service":           true, // grpc says https whatever is spoken
		"https://one.example.com/pkg.Other":            false,
		"https://one.example.com/pkg.Service2":         false,
		"https://api.example.com:8443/pkg.Service":     false,
		"https://other.example.com/pkg.Service":        false,
		"https://api.example.com.example.net/p.S":      false,
		"https://user@api.example.com/pkg.Service":     false,
		"https://127.0.0.1:8081/pkg.Service":           false,
		"https://a.b.k8s.example.com:6443/pkg.Service": false,
		"api.example.com":                              false,
		"":                                             false,
	} {
		md, err := rpc.GetRequestMetadata(t.Context(), uri)
		if got := md["authorization"] == "Bearer "+oauthtest.Canary; got != want || got == (err != nil) {
			t.Errorf("%s: got a token: %v (%v), want %v", uri, got, err, want)
		}
	}
	both := []string{"https://api.example.com/p.S", "https://other.example.com/p.S"}
	if _, err := rpc.GetRequestMetadata(t.Context(), both...); !errors.As(err, new(*transport.HostError)) {
		t.Errorf("got %v, want a *HostError for the one of two that is no host", err)
	}
	if _, err := rpc.GetRequestMetadata(t.Context()); err == nil {
		t.Error("a call that goes nobody knows where got a token")
	}
}

func TestAnRPCIsPlaintextOnLoopbackOnly(t *testing.T) {
	for _, tt := range []struct {
		hosts []string
		want  bool
	}{
		{[]string{"api.example.com"}, true},
		{[]string{"http://127.0.0.1:8080"}, false},
		{[]string{"http://127.0.0.1:8080", "api.example.com"}, true},
	} {
		if got := newRPC(t, new(tokens), tt.hosts...).RequireTransportSecurity(); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.hosts, got, tt.want)
		}
	}
	for _, hosts := range [][]string{nil, {"http://api.example.com"}, {"api.example.com:port"}} {
		if _, err := transport.NewRPC(new(tokens), hosts...); err == nil {
			t.Errorf("%v: taken, want an error", hosts)
		}
	}
	if _, err := transport.NewRPC(nil, "api.example.com"); err == nil {
		t.Error("no source: taken, want an error")
	}
}

type exchanged struct{}

func (exchanged) Token(context.Context) (fob.Token, error) {
	return fob.Token{Access: oauthtest.Canary, Type: "N_A"}, nil
}

func TestAnRPCCarriesNoTokenThatIsNoBearers(t *testing.T) {
	md, err := newRPC(t, exchanged{}, "api.example.com").GetRequestMetadata(t.Context(), "https://api.example.com/pkg.Service")
	if len(md) > 0 || !errors.As(err, new(*middleware.TokenError)) {
		t.Errorf("got %d values, %v, want none and a *TokenError", len(md), err)
	}
}

func TestAnRPCWithoutATokenSaysForWhom(t *testing.T) {
	_, err := newRPC(t, nobody{}, "api.example.com").GetRequestMetadata(t.Context(), "https://api.example.com/pkg.Service")
	var e *middleware.TokenError
	if !errors.As(err, &e) || e.Host != "api.example.com" || !errors.Is(err, fob.ErrLoginRequired) {
		t.Errorf("got %v, want a *TokenError for api.example.com", err)
	}
}
