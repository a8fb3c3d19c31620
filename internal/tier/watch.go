package tier

// Watch has changed called when Far says that a record was written or deleted, and with an empty name when Far is back.
func (s *Store) Watch(changed func(name string)) {
	s.mu.Lock()
	s.watchers = append(s.watchers, changed)
	s.mu.Unlock()
	s.Far.Watch(changed)
}
