package fartest

import (
	"errors"
	"maps"
	"time"

	"github.com/fobkit/fob/internal/tier"
)

// errDead is what a host says on whose port nobody listens.
var errDead = errors.New("connection refused")

// refused is the answer of a server without room.
type refused struct{}

func (refused) Error() string { return "maxmemory: no room for another record" }

// Refusal is true.
func (refused) Refusal() bool { return true }

// Lie puts c under name, behind the server's back.
func (s *Server) Lie(name string, c tier.Copy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(name, c)
}

// Usurp gives name's lease to nobody, for that long.
func (s *Server) Usurp(name string, ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.leases, name, lease{id: "nobody", end: s.now().Add(ttl)})
}

// At is what lies under name.
func (s *Server) At(name string) tier.Copy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[name]
}

// Flush loses all records and leases.
func (s *Server) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records, s.leases = nil, nil
	s.tellAll()
}

// Evict loses one record.
func (s *Server) Evict(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, name)
	s.tell(name)
}

// Stop leaves all requests without an answer until Resume.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == nil {
		s.stopped = make(chan struct{})
	}
}

// Resume ends Stop.
func (s *Server) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		close(s.stopped)
		s.stopped = nil
	}
}

// Kill ends all connections, and refuses new ones until Restart.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	s.tellAll()
}

// Restart ends Kill, with the records and leases of before, or with none.
func (s *Server) Restart(persisted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = false
	if !persisted {
		s.records, s.leases = nil, nil
	}
	s.tellAll()
}

// Save remembers the records as they are, as a replica that lags from now on does.
func (s *Server) Save() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = maps.Clone(s.records)
}

// Rollback is a failover to that replica: the records of Save, and no leases.
func (s *Server) Rollback() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records, s.leases = maps.Clone(s.saved), nil
	s.tellAll()
}

// Full has the server refuse all that needs room, or no more.
func (s *Server) Full(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// state is nil for a server that runs; else what ends its standstill; or errDead.
func (s *Server) state() (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return nil, errDead
	}
	return s.stopped, nil
}
