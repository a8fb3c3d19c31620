package tier

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// Holder is who has a lease.
type Holder struct {
	Who   string    // its Store's Holder; empty: sealed under a key that is not here
	Since time.Time // by its own clock
}

// HeldBy returns who has Far's lease of name; false: nobody. An *AwayError: Far cannot say.
func (s *Store) HeldBy(ctx context.Context, name string) (h Holder, held bool, err error) {
	if err := checkName(name); err != nil {
		return Holder{}, false, err
	}
	var sealed string
	var left time.Duration
	err = s.ask(ctx, func(ctx context.Context) (err error) {
		sealed, left, err = s.Far.Holder(ctx, name)
		return err
	})
	if err != nil || left <= 0 {
		return Holder{}, false, err
	}
	return s.openHolder(name, sealed), true, nil
}

func holderPlace(name string) fob.Binding { return fob.Binding{Record: name, Field: "holder"} }

// sealHolder is empty without a sealer that works: then the lease has no name to it.
func (s *Store) sealHolder(name string, since time.Time) string {
	sealed, err := s.Seal(fob.Secret(strconv.FormatInt(since.UnixMilli(), 10)+" "+s.Holder), holderPlace(name))
	if err != nil {
		return ""
	}
	return sealed
}

// openHolder is the zero Holder for what cannot be opened here.
func (s *Store) openHolder(name, sealed string) Holder {
	plain, err := s.Open(sealed, holderPlace(name))
	if err != nil {
		return Holder{}
	}
	since, who, _ := strings.Cut(string(plain), " ")
	ms, err := strconv.ParseInt(since, 10, 64)
	if err != nil {
		return Holder{}
	}
	return Holder{who, time.UnixMilli(ms)}
}
