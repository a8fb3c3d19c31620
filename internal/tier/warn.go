package tier

func (s *Store) warn(err error) {
	if s.Warning != nil {
		s.Warning(err)
	}
}

// warnOnce tells of err, until the trouble of that kind is over.
func (s *Store) warnOnce(kind string, err error) {
	s.mu.Lock()
	told := s.warned[kind]
	set(&s.warned, kind, true)
	s.mu.Unlock()
	if !told {
		s.warn(err)
	}
}

// over says that the trouble of that kind is.
func (s *Store) over(kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.warned, kind)
}

func set[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = value
}
