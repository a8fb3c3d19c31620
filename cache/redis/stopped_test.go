//go:build unix

package redis_test

import (
	"testing"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

func TestASilentServerIsDoneWithout(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a, b := join(t, server), join(t, server)
	redis.BeHasty(a.Store)
	a.puts(t, "data")
	server.Stop()
	a.reads(t, "data")
	a.warned(t, "shared store out of use: redis: "+server.Address()+" is away: no answer in time")
	server.Continue()
	a.hears(t, "")
	b.puts(t, "new")
	a.reads(t, "new")
}

func TestASilentServerDoesNotHoldUpClose(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a := join(t, server)
	a.puts(t, "data")
	server.Stop()
	defer server.Continue()
	a.Close()
}
