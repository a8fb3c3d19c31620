package tier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fobkit/fob"
)

// Get returns Far's record. The near copy takes its place while Far is away, and while what lies there cannot be opened here; and where Far
// has lost it, or has one from before it, Far is given it again. What was deleted stays so.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	ours := s.kept(ctx, name) // first: what is written in the meantime must not seem to be lost
	theirs, err := s.fetch(ctx, name)
	switch {
	case isAway(err), errors.Is(err, ErrOther):
		return s.ours(name, ours)
	case err != nil:
		return nil, err
	}
	plain, err := s.plain(name, theirs)
	s.judge(name, theirs.Number, err)
	if unusable(err) {
		return s.ours(name, ours)
	}
	if theirs.Number < ours.Number {
		if plain, err := s.ours(name, ours); err == nil {
			s.restore(ctx, name, ours)
			return plain, nil
		}
	}
	if err == nil || errors.Is(err, fob.ErrNotFound) {
		s.follow(ctx, name, ours, theirs)
	}
	return plain, err
}

func (s *Store) fetch(ctx context.Context, name string) (c Copy, err error) {
	err = s.askFor(ctx, name, func(ctx context.Context) (err error) {
		c, err = s.Far.Get(ctx, name)
		return err
	})
	return c, err
}

// restore gives Far what it has lost. If it fails, the next reader tries.
func (s *Store) restore(ctx context.Context, name string, c Copy) {
	s.ask(ctx, func(ctx context.Context) error { return s.Far.Restore(ctx, name, c) })
}

// Put writes the record to Far, and then the near copy; to that one alone while Far is away. Far is given it by the first Get after that,
// unless somebody else has written there.
func (s *Store) Put(ctx context.Context, name string, data []byte) error {
	_, err := s.put(ctx, name, data, Claim{})
	return err
}

// put returns the number of what it wrote.
func (s *Store) put(ctx context.Context, name string, data []byte, under Claim) (uint64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	sealed, err := s.Seal(fob.Secret(data), place(name))
	if err != nil {
		return 0, err
	}
	c := Copy{Data: []byte(sealed)}
	if c.Number, err = s.send(ctx, name, c.Data, under); err == nil {
		s.follow(ctx, name, Copy{}, c)
		s.listen(ctx, name, c.Number)
		return c.Number, nil
	}
	if !isAway(err) && s.barred(name) == nil {
		return 0, err
	}
	c.Number = s.known(ctx, name) + 1
	s.newest(name, c.Number)
	return c.Number, s.keep(ctx, name, c)
}

// send writes data to Far, where nil is a deleted record, unless what lies there is another's.
func (s *Store) send(ctx context.Context, name string, data []byte, under Claim) (number uint64, err error) {
	if err := s.barred(name); err != nil {
		return 0, err
	}
	err = s.askFor(ctx, name, func(ctx context.Context) (err error) {
		number, err = s.Far.Put(ctx, name, data, under)
		return err
	})
	return number, err
}

// Delete forgets name everywhere. If Far is away, or its record is another's, it is forgotten on this machine alone, and the error, an
// *AwayError, fob.ErrForeignKey or ErrOther, says so: a person who logs out must know that the record is still there, and will be back.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	number, err := s.send(ctx, name, nil, Claim{})
	s.newest(name, number)
	if here := s.keep(ctx, name, Copy{}); err == nil {
		return here
	}
	return fmt.Errorf("deleted on this machine alone: %w", err)
}

// List returns the names of Far's records, or, while it is away, of the near copies; then, if Near is no fob.Lister, an *AwayError. It takes as long
// as Far needs to look through all that it has, which is no outage.
func (s *Store) List(ctx context.Context) (names []string, err error) {
	if away, _ := s.outage(); away != nil {
		err = away
	} else if names, err = s.Far.List(ctx); err != nil && ctx.Err() == nil {
		err = &AwayError{err}
	}
	if near, ok := s.near().(fob.Lister); ok && isAway(err) {
		names, err = near.List(ctx)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return checkName(name) != nil })
	slices.Sort(names)
	return slices.Compact(names), err
}
