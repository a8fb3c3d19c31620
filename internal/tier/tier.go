// Package tier makes one fob.Store of a far one, which machines share and which may be out of reach, and a near one, which is this machine's
// own. While the far one answers, its records count, and its leases say who mints; the near one keeps a copy of each. While it does not,
// the machine lives by its copies and its own locks.
//
//	store := &tier.Store{Far: far, Near: fob.Dir(dir), Sealer: ring, Warning: warn}
//	defer store.Close()
//	cache := &fob.Cache{Store: store}
package tier

import (
	"sync"
	"time"

	"github.com/fobkit/fob"
)

// Store is a fob.Store of two. Far and Sealer must be set, before its first use; it must not be copied after.
//
// What lies in Far and in Near is sealed, so that both hold nothing but names. Once Far has failed, or not answered within Timeout, it is away:
// Warning is called once, and no call waits for it until a probe, every 0.5 to 1 s, has found it again.
type Store struct {
	// Far is what the machines share.
	Far Far

	// Near keeps copies of what Far has, for this Far alone. If it is a fob.Locker, one process of this machine at a time asks for a lease.
	// Nil: this process's memory.
	Near fob.Store

	// Sealer seals each record. Without it nothing is written.
	Sealer fob.Sealer

	// Holder says to others who has a lease. It is sealed.
	Holder string

	// Timeout bounds each call to Far. Zero: 500 ms.
	Timeout time.Duration

	// Warning is told what no caller is told, since the machine goes on without: once an outage, and once a record that cannot be opened.
	// Nil: nobody.
	Warning func(error)

	memory fob.Memory // in place of Near; and its locks are this process's own
	look   sync.Once  // for the note of an outage that another process has met

	mu       sync.Mutex
	out      outage
	closed   bool
	last     map[string]uint64      // the highest number seen, by name
	unkept   map[string]Copy        // copies that Near did not take
	foreign  map[string]error       // names whose record in Far is another's
	warned   map[string]bool        // kinds of trouble already told
	mints    map[string][]time.Time // the last leases of each name that Far did not grant
	watchers []func(name string)
	probing  sync.WaitGroup
}

var _ interface {
	fob.Store
	fob.Locker
	fob.Leaser
	fob.Watcher
	fob.Lister
	fob.Sealer
} = (*Store)(nil)

// Close ends the probes. The Store must not be used any more.
func (s *Store) Close() {
	s.mu.Lock()
	s.closed = true
	if s.out.probe != nil && s.out.probe.Stop() {
		s.probing.Done()
	}
	s.mu.Unlock()
	s.probing.Wait()
}

func (s *Store) near() fob.Store {
	if s.Near == nil {
		return &s.memory
	}
	return s.Near
}

func (s *Store) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return 500 * time.Millisecond
}
