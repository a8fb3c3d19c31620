package redis

import "time"

// BePatient gives the server of s all the time that a crowded machine needs.
func BePatient(s *Store) {
	s.tier.Timeout = 10 * time.Second
	s.far.late.Store(2)
}

// BeHasty undoes it.
func BeHasty(s *Store) { s.tier.Timeout = 0 }
