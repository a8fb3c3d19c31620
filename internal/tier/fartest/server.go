// Package fartest is a tier.Far in memory: a server with the semantics of the real one, reached over links that can be slow, lossy or cut. All it
// waits for is time, so that it runs on the clock of testing/synctest; what is idle costs no goroutine.
package fartest

import (
	"bytes"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/tier"
)

// Server is what the members share. The zero Server is empty, and serves.
type Server struct {
	// Skew is by how much its clock is ahead.
	Skew time.Duration

	mu       sync.Mutex
	records  map[string]tier.Copy
	leases   map[string]lease
	saved    map[string]tier.Copy
	readers  map[string]links // who is to be told of the next change
	watching links
	stopped  chan struct{} // nil: it runs. Closed when it does again
	dead     bool
	full     bool
}

type links map[*Link]bool

type lease struct {
	id, holder string
	end        time.Time
}

func (s *Server) now() time.Time { return time.Now().Add(s.Skew) }

// free reports whether id may have name's lease. The caller holds mu.
func (s *Server) free(name, id string) bool {
	l, held := s.leases[name]
	return !held || l.id == id || !s.now().Before(l.end)
}

func (s *Server) get(name string, reader *Link) tier.Copy {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readers[name] == nil {
		set(&s.readers, name, make(links))
	}
	s.readers[name][reader] = true
	return s.records[name]
}

func (s *Server) put(name string, data []byte, under tier.Claim) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.records[name].Number
	switch {
	case s.full:
		return 0, refused{}
	case under.ID != "" && (!s.free(name, under.ID) || last > under.Number):
		return 0, fob.ErrLeaseLost
	}
	number := max(last+1, uint64(s.now().UnixMilli()))
	s.write(name, tier.Copy{Number: number, Data: bytes.Clone(data)})
	return number, nil
}

func (s *Server) restore(name string, c tier.Copy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return refused{}
	}
	if c.Number > s.records[name].Number {
		s.write(name, c)
	}
	return nil
}

// write changes a record, and tells who has read it. The caller holds mu.
func (s *Server) write(name string, c tier.Copy) {
	set(&s.records, name, c)
	s.tell(name)
}

// tell says once to each reader that name has changed. The caller holds mu.
func (s *Server) tell(name string) {
	for l := range s.readers[name] {
		l.push(name)
	}
	delete(s.readers, name)
}

// tellAll says that any record may have changed. The caller holds mu.
func (s *Server) tellAll() {
	s.readers = nil
	for l := range s.watching {
		l.push("")
	}
}

func (s *Server) acquire(name string, c tier.Claim, ttl time.Duration) (uint64, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.full:
		return 0, 0, refused{}
	case !s.free(name, c.ID):
		return s.records[name].Number, s.leases[name].end.Sub(s.now()), nil
	}
	set(&s.leases, name, lease{c.ID, c.Holder, s.now().Add(ttl)})
	return s.records[name].Number, 0, nil
}

func (s *Server) release(name, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases[name].id == id {
		delete(s.leases, name)
	}
}

func (s *Server) holder(name string) (string, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[name]
	if left := l.end.Sub(s.now()); left > 0 {
		return l.holder, left
	}
	return "", 0
}

func (s *Server) list() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.records {
		if c.Data != nil {
			names = append(names, name)
		}
	}
	return names
}

func (s *Server) writable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return refused{}
	}
	return nil
}

// forget has l told no more of what it has read: its connection is lost.
func (s *Server) forget(l *Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, readers := range s.readers {
		delete(readers, l)
	}
}

func (s *Server) watch(l *Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watching == nil {
		s.watching = make(links)
	}
	s.watching[l] = true
}

func set[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = value
}
