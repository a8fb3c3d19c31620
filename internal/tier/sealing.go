package tier

import (
	"errors"
	"fmt"
	"time"

	"github.com/fobkit/fob"
)

var errNoSealer = errors.New("a shared store needs a sealer")

// Seal is the Sealer's.
func (s *Store) Seal(plain fob.Secret, b fob.Binding) (string, error) {
	if s.Sealer == nil {
		return "", errNoSealer
	}
	return s.Sealer.Seal(plain, b)
}

// Open is the Sealer's.
func (s *Store) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	if s.Sealer == nil {
		return "", errNoSealer
	}
	return s.Sealer.Open(sealed, b)
}

// place is what a record is bound to. It has no generation: Far numbers it only when it is sealed already.
func place(name string) fob.Binding { return fob.Binding{Record: name, Field: "record"} }

// plain opens c, which may be none.
func (s *Store) plain(name string, c Copy) ([]byte, error) {
	if c.Data == nil {
		return nil, fob.ErrNotFound
	}
	plain, err := s.Open(string(c.Data), place(name))
	return []byte(plain), err
}

// ours opens the near copy. One that cannot be opened here, any more, is none.
func (s *Store) ours(name string, c Copy) ([]byte, error) {
	plain, err := s.plain(name, c)
	if unusable(err) {
		return nil, fob.ErrNotFound
	}
	return plain, err
}

func unusable(err error) bool {
	return errors.Is(err, fob.ErrForeignKey) || errors.Is(err, fob.ErrSeal) || errors.Is(err, ErrOther)
}

// abandoned is after how long a record under a foreign key is nobody's. Who shares it has read it by then; and where two keys are in use, each
// side writes over the other's once a life of its tokens at most.
const abandoned = 10 * time.Minute

// othersOwn reports whether err, which came of reading the copy of that number, says that it is to be left as it is.
func othersOwn(number uint64, err error) bool {
	written := time.UnixMilli(int64(number)) // by Far's clock
	return errors.Is(err, ErrOther) || errors.Is(err, fob.ErrForeignKey) && time.Since(written).Abs() < abandoned
}

// judge notes what came of reading Far's copy.
func (s *Store) judge(name string, number uint64, err error) {
	if unusable(err) {
		s.warnOnce("far "+name, fmt.Errorf("shared record %s: %w", name, err))
	} else {
		s.over("far " + name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.foreign, name)
	if othersOwn(number, err) {
		set(&s.foreign, name, err)
	}
}

// barred is why name's record in Far is left as it is: another's when it was last read. Nil: it is not.
func (s *Store) barred(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.foreign[name]
}
