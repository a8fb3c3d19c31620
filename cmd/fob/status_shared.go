package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fobkit/fob/internal/session"
)

// sharedTime bounds the opening of a store that machines share, and the question who mints. What is asked of it after that takes half a second, and
// none if it is away.
const sharedTime = 5 * time.Second

// lease is who mints a token for all machines.
type lease struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// share says who holds p's lease, or why that cannot be said. An error is that of settings with which p gives no token.
func (st *state) share(ctx context.Context, p *session.Profile) error {
	bounded, cancel := context.WithTimeout(ctx, sharedTime)
	defer cancel()
	h, held, err := p.Holder(bounded)
	var away *session.StoreError
	switch {
	case errors.As(err, &away):
		st.Away = away.Error()
	case err != nil:
		return err
	case held:
		st.Lease = &lease{h.Host, h.PID, h.Since.UTC().Truncate(time.Millisecond)}
	}
	return nil
}

// text is "web-3, pid 4711, for 2 s".
func (l *lease) text(now time.Time) string {
	if l == nil {
		return "-"
	}
	return fmt.Sprintf("%s, pid %d, for %s", l.Host, l.PID, span(max(0, now.Sub(l.Since))))
}

// keptAt is where s keeps p's token.
func keptAt(s *session.Session, p *session.Profile) string {
	if p.Shared() {
		return p.Store.Place()
	}
	return s.State
}

// where is the place of the token, and whether it is only a copy that could be looked at.
func (st state) where() string {
	switch {
	case st.Away == "":
		return st.Stored
	case st.Stored == "":
		return "out of use"
	}
	return st.Stored + ", out of use: the copy here"
}
