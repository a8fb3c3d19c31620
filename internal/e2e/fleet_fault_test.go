//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
	"github.com/fobkit/fob/internal/redistest"
)

const (
	faultLife  = 6 * time.Second
	faultLasts = 10 * time.Second
)

// fault is something that happens to a fleet.
type fault struct {
	name    string
	options redistest.Options
	life    time.Duration        // of a token. Zero: faultLife
	keeps   bool                 // the token outlives it
	alien   bool                 // the last member has another key
	wrong   time.Duration        // by which clocks are: that of machine 0 is ahead, and that of machine 1 behind
	apart   func(m *member) bool // who does without Redis meanwhile. Nil: nobody
	begin   func(x *trial)       // returns when it has happened,
	lasts   time.Duration        // and is over after this,
	end     func(x *trial)       // when this has been done. Nil: it is over by itself
	rotate  func(x *trial)       // has the token replaced after it. Nil: its age does
}

func everybody(*member) bool { return true }

func half(m *member) bool { return m.at >= faultSites/2 }

func alien(m *member) bool { return m.alien }

// faults are those that a fleet has to bear.
var faults = []fault{
	{
		name: "Redis is killed, and begins anew with nothing", apart: everybody,
		begin: func(x *trial) { x.redis.Kill() }, lasts: faultLasts, end: func(x *trial) { x.redis.Restart() },
	},
	{
		name: "Redis is killed, and begins anew with all it had", options: redistest.Options{Append: true}, apart: everybody,
		begin: func(x *trial) { x.redis.Kill() }, lasts: faultLasts, end: func(x *trial) { x.redis.Restart() },
	},
	{
		name: "Redis stands still", apart: everybody,
		begin: func(x *trial) { x.redis.Stop() }, lasts: faultLasts, end: func(x *trial) { x.redis.Continue() },
	},
	{
		name: "half of the machines are cut off, and nothing says so", apart: half,
		begin: func(x *trial) { x.gatesOfHalf((*gate).hold) }, lasts: faultLasts, end: func(x *trial) { x.gatesOfHalf((*gate).release) },
	},
	{
		name: "half of the machines are cut off, and refused", apart: half,
		begin: func(x *trial) { x.gatesOfHalf((*gate).shut) }, lasts: faultLasts, end: func(x *trial) { x.gatesOfHalf((*gate).admitAll) },
	},
	{name: "FLUSHALL", keeps: true, begin: func(x *trial) { x.redis.CLI("FLUSHALL") }},
	{name: "Redis evicts everything", keeps: true, begin: evict},
	{name: "who has the lease is killed while it mints", begin: killHolder},
	{name: "who has the lease stands still while it mints, and its write comes too late", begin: stopHolder},
	{name: "one member has the wrong key", alien: true, apart: alien, begin: func(*trial) {}, lasts: faultLasts, end: replaceAlien},
	{name: "clocks are wrong by five minutes, either way", wrong: 5 * time.Minute, life: time.Hour, begin: revokeAll, rotate: revokeAll},
}

func (x *trial) gatesOfHalf(do func(*gate)) {
	for _, s := range x.sites[faultSites/2:] {
		do(s.gate)
	}
}

// evict fills the server with what is newer, until the record had to go and was given back: then it lives longer than it would have.
func evict(x *trial) {
	used, _ := strconv.Atoi(info(x.redis, "memory", "used_memory"))
	x.redis.CLI("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", strconv.Itoa(used+1<<20))
	lives := func() int { ms, _ := strconv.Atoi(x.redis.CLI("PTTL", recordKey)); return ms }
	before, i := lives(), 0
	x.wait("the record is evicted, and given back", func() bool {
		i++
		x.redis.CLI("SET", fmt.Sprint("ballast", i), strings.Repeat("x", 100_000))
		return lives() > before
	})
}

func killHolder(x *trial) {
	q := <-x.server.next()
	x.members[index(q.member)].kill()
	q.answer <- false
}

// stopHolder has another mint meanwhile, and the answer to the first lie ready when it goes on.
func stopHolder(x *trial) {
	q, before := <-x.server.next(), len(x.server.minted())
	holder := x.members[index(q.member)]
	holder.cmd.Process.Signal(syscall.SIGSTOP)
	x.wait("another mints", func() bool { return len(x.server.minted()) > before })
	x.wait("all others have its token", func() bool { return x.have(before+1, holder) })
	number := x.number()
	q.answer <- true
	x.wait("the first mint is answered", func() bool { return len(x.server.minted()) > before+1 })
	x.stray = before + 2
	holder.cmd.Process.Signal(syscall.SIGCONT)
	x.wait("it has the other's token", func() bool { return x.have(before+1, nil) })
	if n := x.number(); n != number {
		x.fail("a write that came too late made record %s of %s", n, number)
	}
	for _, m := range x.members {
		if _, had := m.had(x.stray); had {
			x.fail("member %s has the token that was not written", m.name)
		}
	}
}

// have reports whether all but one have that token.
func (x *trial) have(token int, but *member) bool {
	return !slices.ContainsFunc(x.members, func(m *member) bool { return m != but && m.last().Token != token })
}

// revokeAll has all members find out at once.
func revokeAll(x *trial) {
	<-time.After(1200 * time.Millisecond) // a key's token is dropped once a second
	x.server.RevokeAll()
}

// replaceAlien has somebody with the right key in its place.
func replaceAlien(x *trial) {
	m := x.members[len(x.members)-1]
	m.tell(x.t, order.Rest)
	x.reports = append(x.reports, m.reported(x.t))
	m.kill()
	x.add(m.at, "").tell(x.t, order.Begin)
}

// index is which of the members that is.
func index(name string) int {
	i, _ := strconv.Atoi(name)
	return i
}

func TestAFleetBearsFaults(t *testing.T) {
	inMemory(t)
	places := newPlaces(t, faultSites)
	left := faults
	for tries := 3; len(left) > 0; tries-- {
		left = bear(t, places, left, tries == 1)
	}
}
