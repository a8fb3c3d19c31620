//go:build linux

package e2e

import (
	"os"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
	"github.com/fobkit/fob/internal/redistest"
)

// fleet is processes on several machines that share a token through Redis.
type fleet struct {
	redis   *redistest.Server
	keys    fob.Secret
	server  *fleetServer
	sites   []fleetSite
	members []*member
}

// fleetSite is what a fleet has of a machine.
type fleetSite struct {
	*place
	dir    string // fob's
	gate   *gate  // to Redis
	server string // its address
}

// newFleet is without members.
func newFleet(t *testing.T, sites []*place, life time.Duration, o redistest.Options) *fleet {
	t.Helper()
	f := &fleet{redis: redistest.Start(t, o), keys: redis.NewKey(), server: newFleetServer(life)}
	for _, s := range sites {
		f.sites = append(f.sites, fleetSite{s, t.TempDir(), newGate(t, s.gateway, f.redis.Address()), f.server.listen(t, s.gateway)})
	}
	return f
}

// inMemory has all that a test writes lie in memory, where there is room for such a thing: servers and machines that wait for one disk, and for whatever
// else writes to it, say nothing of those that have one each.
func inMemory(t *testing.T) {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "fleet"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		t.Setenv("TMPDIR", dir)
	}
}

// join adds a process to the fleet.
func (f *fleet) join(t *testing.T, site int, o order.Order) *member {
	t.Helper()
	s := f.sites[site]
	o.Redis, o.Dir, o.Server = "redis://"+s.gate.address(), s.dir, s.server
	if o.Keys == "" {
		o.Keys = string(f.keys)
	}
	m := newMember(t, s.place, o)
	m.at = site
	f.members = append(f.members, m)
	return m
}

// tell gives a word to all members.
func (f *fleet) tell(t *testing.T, word string) {
	t.Helper()
	for _, m := range f.members {
		if !m.killed {
			m.tell(t, word)
		}
	}
}

// agree reports whether all who are asked have one token, and which.
func agree(members []*member) (token int, ok bool) {
	for i, m := range members {
		last := m.last().Token
		if i > 0 && last != token || last == 0 {
			return 0, false
		}
		token = last
	}
	return token, true
}

// until waits for a condition.
func until(t *testing.T, within time.Duration, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// spread is when that token came to the first member, and to the last, of those who had it.
func (f *fleet) spread(token int) (first, last time.Time) {
	for _, m := range f.members {
		at, ok := m.had(token)
		if ok && (first.IsZero() || at.Before(first)) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	return first, last
}

// disturbed is why a run says nothing: a member that nothing was done to has warned, since this machine had no time for Redis or for the member.
func (f *fleet) disturbed(since time.Time) string {
	for _, m := range f.members {
		if warning := m.warned(since); warning != "" && !m.apart {
			return "member " + m.name + ": " + warning
		}
	}
	return ""
}

func (f *fleet) agrees() bool { _, ok := agree(f.members); return ok }
