package tier

import (
	"context"
	"errors"
	"fmt"

	"github.com/fobkit/fob"
)

// kept is the near copy, or the zero Copy. Trouble with Near costs no more than a warning: what it did not take is in memory.
func (s *Store) kept(ctx context.Context, name string) (c Copy) {
	data, err := s.near().Get(ctx, name)
	if err == nil {
		c, err = parseCopy(data)
	}
	if err != nil && !errors.Is(err, fob.ErrNotFound) && ctx.Err() == nil {
		s.warnOnce("near "+name, fmt.Errorf("copy of shared record %s: %w", name, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if memory := s.unkept[name]; memory.Number > c.Number {
		c = memory
	}
	s.seen(name, c.Number)
	return c
}

// keep makes c the near copy, and removes it if c was deleted.
func (s *Store) keep(ctx context.Context, name string, c Copy) error {
	if err := s.write(ctx, name, c); err != nil {
		s.warnOnce("near "+name, fmt.Errorf("copy of shared record %s: %w", name, err))
		s.mu.Lock()
		defer s.mu.Unlock()
		set(&s.unkept, name, c)
		return err
	}
	s.over("near " + name)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unkept, name)
	return nil
}

func (s *Store) write(ctx context.Context, name string, c Copy) error {
	if c.Data == nil {
		return s.near().Delete(ctx, name)
	}
	data, err := c.encode()
	if err != nil {
		return err
	}
	return s.near().Put(ctx, name, data)
}

// follow keeps Far's copy in place of ours, unless there is nothing new, or a call that was faster knows of a later one.
func (s *Store) follow(ctx context.Context, name string, ours, theirs Copy) {
	if s.newest(name, theirs.Number) && !ours.same(theirs) {
		s.keep(ctx, name, theirs) // which has warned
	}
}

// newest notes number, and reports whether none above it was seen.
func (s *Store) newest(name string, number uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen(name, number)
	return number == s.last[name]
}

// seen notes number. The caller holds mu.
func (s *Store) seen(name string, number uint64) {
	if number > s.last[name] {
		set(&s.last, name, number)
	}
}

// known is the highest number that this machine has seen. One more is above all that it knows, and below all that will be written to Far.
func (s *Store) known(ctx context.Context, name string) uint64 {
	s.kept(ctx, name) // as other processes left it
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[name]
}
