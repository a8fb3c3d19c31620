package redis_test

import (
	"testing"

	"github.com/fobkit/fob/internal/redistest"
)

func TestWhatAServerForgotIsGivenBack(t *testing.T) {
	for name, forget := range map[string]func(*redistest.Server){
		"flushed": func(s *redistest.Server) { s.CLI("FLUSHALL") },
		"evicted": func(s *redistest.Server) {
			s.CLI("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "1")
			s.CLI("EVAL", "return 1", "0") // a command that may need memory, before which it makes room
			s.CLI("CONFIG", "SET", "maxmemory", "0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{})
			a, b, late := join(t, server), join(t, server), join(t, server)
			a.puts(t, "data")
			b.reads(t, "data")
			forget(server)
			if n := server.CLI("EXISTS", "fob:{x}"); n != "0" {
				t.Fatal("nothing was forgotten")
			}
			b.reads(t, "data")
			late.reads(t, "data")
		})
	}
}

func TestWhatWasDeletedIsNotGivenBack(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a, b := join(t, server), join(t, server)
	a.puts(t, "data")
	b.reads(t, "data")
	if err := a.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	b.readsNothing(t)
	a.readsNothing(t)
}

func TestAKilledServerIsDoneWithout(t *testing.T) {
	for name, o := range map[string]redistest.Options{"it kept nothing": {}, "it kept all": {Append: true}} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, o)
			a := join(t, server)
			a.puts(t, "data")
			server.Kill()
			a.hears(t, "") // that nothing is heard any more
			a.reads(t, "data")
			a.warned(t, "shared store out of use: redis: URL: "+server.Address()+" cannot be reached: connect: connection refused")
			server.Restart()
			a.hears(t, "")
			if !o.Append {
				a.reads(t, "data") // and gives it back
			}
			join(t, server).reads(t, "data")
		})
	}
}

func TestAFullServerIsDoneWithout(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Config: []string{"maxmemory-policy noeviction"}})
	a := join(t, server)
	a.puts(t, "before")
	server.CLI("CONFIG", "SET", "maxmemory", "1")
	a.puts(t, "meanwhile")
	a.reads(t, "meanwhile")
	a.warned(t, "shared store out of use: redis: "+server.Address()+" refuses to write, since its memory is full")
	server.CLI("CONFIG", "SET", "maxmemory", "0")
	a.hears(t, "")
	a.reads(t, "meanwhile")
	join(t, server).reads(t, "meanwhile")
}
