// Grpc asks a gRPC server for its health, with a token on each call, over TLS only.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"os"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

func main() {
	grant := oauth.ClientCredentials{Client: &oauth.Client{
		Issuer:   os.Getenv("ISSUER"),
		ClientID: os.Getenv("CLIENT_ID"),
		Auth:     oauth.Basic{Secret: fob.Secret(os.Getenv("CLIENT_SECRET"))},
	}}
	source := new(fob.Cache).Source(grant.Key(), grant)
	conn, err := dial(cmp.Or(os.Getenv("API"), "api.example.com:443"), source, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Status)
}

// dial returns a connection to host, such as "api.example.com:443", whose calls have source's token. A nil config trusts whom the system trusts.
func dial(host string, source *fob.CachedSource, config *tls.Config) (*grpc.ClientConn, error) {
	rpc, err := transport.NewRPC(source, host) // that host and no other; not without TLS
	if err != nil {
		return nil, err
	}
	return grpc.NewClient(host,
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithPerRPCCredentials(rpc),
		grpc.WithChainUnaryInterceptor(renew(source)),
	)
}

// renew has a call whose token the server refused sent once more, with the next token.
func renew(source *fob.CachedSource) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		used, err := source.Token(ctx) // the one that the call will have, or one before it: Invalidate sees the difference
		if err != nil {
			return err
		}
		var server peer.Peer // without an address if the call never left: grpc calls it unauthenticated too when there was no token for it
		err = invoke(ctx, method, req, reply, conn, append(opts, grpc.Peer(&server))...)
		if status.Code(err) != codes.Unauthenticated || server.Addr == nil || source.Invalidate(ctx, used) != nil {
			return err
		}
		return invoke(ctx, method, req, reply, conn, opts...)
	}
}
