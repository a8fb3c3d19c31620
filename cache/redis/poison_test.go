package redis_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

// Lua's numbers are exact up to 2^53 only, so that none above would ever be counted up.
func TestANumberThatNoWriteMakesIsNone(t *testing.T) {
	for _, n := range []string{"9007199254740993", "18446744073709551616", "1e308", "nan", "inf", "-5", "1.5", "x", ""} {
		t.Run(n, func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{})
			a, late := join(t, server), join(t, server)
			a.puts(t, "data")
			server.CLI("HSET", "fob:{x}", "n", n)
			a.reads(t, "data") // and gives it back
			late.reads(t, "data")
			late.puts(t, "next")
			a.reads(t, "next")
			if len(a.warnings)+len(late.warnings) != 0 {
				t.Errorf("warned: %v", <-a.warnings)
			}
		})
	}
}

func TestWhatIsNoRecordIsLeftAlone(t *testing.T) {
	for _, key := range []string{"fob:{x}", "fob:{x}:lease"} {
		t.Run(key, func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{})
			a, b := join(t, server), join(t, server)
			a.puts(t, "data")
			server.CLI("DEL", key)
			server.CLI("RPUSH", key, "somebody's")
			a.reads(t, "data")
			lease, err := a.Lease(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if err := lease.Put(t.Context(), []byte("alone")); err != nil {
				t.Errorf("Put: %v", err)
			}
			lease.Release()
			if n := server.CLI("LLEN", key); n != "1" {
				t.Errorf("there are %s in place of 1", n)
			}
			a.warned(t, "shared record x: redis: Prefix: "+server.Address()+" has something else under our names")
			if err := a.Put(t.Context(), "y", []byte("y")); err != nil {
				t.Fatal(err)
			}
			if got, err := b.Get(t.Context(), "y"); err != nil || string(got) != "y" {
				t.Errorf("another record: %q, %v, want y", got, err) // the store itself is in use
			}
		})
	}
}

// Nobody who mints asks for a lease that lasts so long.
func TestALeaseThatLastsTooLongIsNobodys(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a := join(t, server)
	server.CLI("SET", "fob:{x}:lease", "somebody else", "EX", "86400")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	lease, err := a.Lease(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	lease.Release()
}

func TestADeletionOfWhatIsNoRecordSaysSo(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a := join(t, server)
	server.CLI("SET", "fob:{x}", "somebody's")
	if err, other := a.Delete(t.Context(), "x"), new(redis.ServerError); !errors.As(err, &other) || other.Field != "Prefix" {
		t.Errorf("Delete: got %v, want that something else lies there", err)
	}
}

func TestWhatLiesUnderTheNameOfProbesKeepsNobodyAway(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a := join(t, server)
	a.puts(t, "data")
	server.Kill()
	a.hears(t, "")
	a.reads(t, "data")
	a.warned(t, "shared store out of use: redis: URL: "+server.Address()+" cannot be reached: connect: connection refused")
	server.Restart()
	server.CLI("RPUSH", "fob:{}", "somebody's") // before a probe, or else after the last one
	a.hears(t, "")
	join(t, server).puts(t, "new")
	a.reads(t, "new")
}
