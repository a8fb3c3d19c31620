package redis_test

import (
	"context"
	"crypto/tls"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/cache/storetest"
	"github.com/fobkit/fob/internal/redistest"
)

// keys are one key, which every member has.
const keys = fob.Secret("fob-canary-7f3a9c" + "AAAAAAAAAAAAAAAAAAAAAAAAAA")

// open opens another member's store, which is patient.
func open(t testing.TB, o redis.Options) *redis.Store {
	t.Helper()
	if o.Keys == "" {
		o.Keys = keys
	}
	s, err := redis.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	redis.BePatient(s)
	return s
}

func TestStore(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Password: "fob-canary-7f3a9c"})
	storetest.Run(t, func(t *testing.T) fob.Store { return lapsing{open(t, redis.Options{URL: server.URL()}), server} })
}

// lapsing is a store whose lease can be taken away: for longer than it takes it to find out.
type lapsing struct {
	*redis.Store
	server *redistest.Server
}

func (l lapsing) Lapse(_ context.Context, name string) error {
	l.server.CLI("SET", "fob:{"+name+"}:lease", "nobody -", "PX", "500")
	return nil
}

func TestStoreOfOneMachine(t *testing.T) {
	server := redistest.Start(t, redistest.Options{TLS: true})
	local := fob.Dir(t.TempDir() + "/fob")
	config := &tls.Config{RootCAs: server.Roots}
	storetest.Run(t, func(t *testing.T) fob.Store {
		return open(t, redis.Options{URL: server.URL(), TLS: config, Local: local})
	})
}
