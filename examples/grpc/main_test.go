package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// api is a gRPC server that wants a token of an authorization server, and a source of such tokens.
type api struct {
	host   string
	config *tls.Config // trusts it
	auth   *oauthtest.Server
	source *fob.CachedSource
	calls  atomic.Int32
}

func newAPI(t *testing.T) *api {
	t.Helper()
	const secret = "s3cret-" + oauthtest.Canary
	a := &api{auth: oauthtest.New(t, oauthtest.OIDC(oauthtest.Client{ID: "report", Secret: secret}))}
	grant := oauth.ClientCredentials{Client: &oauth.Client{Issuer: a.auth.PlainURL, ClientID: "report", Auth: oauth.Basic{Secret: fob.Secret(secret)}}}
	a.source = new(fob.Cache).Source(grant.Key(), grant)
	a.listen(t)
	return a
}

func (a *api) listen(t *testing.T) {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate only
	defer certified.Close()
	pool := x509.NewCertPool()
	pool.AddCert(certified.Certificate())
	a.config = &tls.Config{RootCAs: pool}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.host = l.Addr().String()
	s := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&certified.TLS.Certificates[0])), grpc.UnaryInterceptor(a.check))
	grpc_health_v1.RegisterHealthServer(s, health.NewServer())
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // a test may end before Serve has begun
			t.Error(err)
		}
	})
}

// check refuses a call without a live token.
func (a *api) check(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	a.calls.Add(1)
	md, _ := metadata.FromIncomingContext(ctx)
	token := strings.TrimPrefix(strings.Join(md["authorization"], " and "), "Bearer ")
	if !a.auth.Valid(fob.Secret(token)) {
		return nil, status.Error(codes.Unauthenticated, "not with that token")
	}
	return next(ctx, req)
}

func (a *api) dial(t *testing.T) grpc_health_v1.HealthClient {
	t.Helper()
	conn, err := dial(a.host, a.source, a.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return grpc_health_v1.NewHealthClient(conn)
}

func (a *api) want(t *testing.T, calls, mints int) {
	t.Helper()
	if got := int(a.calls.Load()); got != calls {
		t.Errorf("the API was called %d times, want %d", got, calls)
	}
	if got := a.auth.Counts().Requests(); got != mints {
		t.Errorf("%d token requests, want %d", got, mints)
	}
}

func TestManyCallsHaveOneToken(t *testing.T) {
	a := newAPI(t)
	client := a.dial(t)
	for range 3 {
		if _, err := client.Check(t.Context(), new(grpc_health_v1.HealthCheckRequest)); err != nil {
			t.Fatal(err)
		}
	}
	a.want(t, 3, 1)
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	a := newAPI(t)
	client := a.dial(t)
	if _, err := a.source.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.auth.RevokeAll()
	if _, err := client.Check(t.Context(), new(grpc_health_v1.HealthCheckRequest)); err != nil {
		t.Error(err)
	}
	a.want(t, 2, 2)
}

// A server that refuses every token is asked twice, and its answer is the caller's.
func TestARefusalOfEveryTokenIsTheCallers(t *testing.T) {
	a := newAPI(t)
	a.auth.Change(func(o *oauthtest.Options) { o.Lag = time.Hour })
	_, err := a.dial(t).Check(t.Context(), new(grpc_health_v1.HealthCheckRequest))
	if status.Code(err) != codes.Unauthenticated {
		t.Errorf("got %v, want the server's refusal", err)
	}
	a.want(t, 2, 2)
}

func TestNoTokenIsSentInTheClear(t *testing.T) {
	a := newAPI(t)
	rpc, err := transport.NewRPC(a.source, a.host)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := grpc.NewClient(a.host, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(rpc)); err == nil {
		t.Error("a connection in the clear was taken")
	}
	a.want(t, 0, 0)
}

// grpc says Unauthenticated also of a call that had no token and never left. That drops none.
func TestACallThatNeverLeftDropsNoToken(t *testing.T) {
	a := newAPI(t)
	rpc, err := transport.NewRPC(a.source, "other.example.com")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(a.host, grpc.WithTransportCredentials(credentials.NewTLS(a.config)),
		grpc.WithPerRPCCredentials(rpc), grpc.WithChainUnaryInterceptor(renew(a.source)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 2 {
		_, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), new(grpc_health_v1.HealthCheckRequest))
		if status.Code(err) != codes.Unauthenticated {
			t.Errorf("got %v, want a call without a token", err)
		}
	}
	a.want(t, 0, 1)
}
