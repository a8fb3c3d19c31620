package tier

import (
	"context"
	"slices"
)

// Watch has changed called when Far says that a record was written or deleted, and with an empty name when Far is back.
func (s *Store) Watch(changed func(name string)) {
	s.mu.Lock()
	s.watchers = append(s.watchers, changed)
	s.mu.Unlock()
	s.Far.Watch(changed)
}

// listen has Far tell of the next change to a record that was just written here, as it does for one that was read. What was written
// between the two, it has told nobody here: then listen does.
func (s *Store) listen(ctx context.Context, name string, number uint64) {
	s.mu.Lock()
	watchers := slices.Clone(s.watchers)
	s.mu.Unlock()
	if len(watchers) == 0 {
		return
	}
	if c, err := s.fetch(ctx, name); err == nil && c.Number != number {
		for _, changed := range watchers {
			changed(name)
		}
	}
}
