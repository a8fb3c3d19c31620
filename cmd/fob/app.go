package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"

	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/term"
)

// app is one run of the command.
type app struct {
	std
	log    *slog.Logger
	colour bool // on stderr
	opened []*session.Session
	notes  notes
	over   func() // ends await, when the token's lock is had, or not; nil: nobody waits so
}

// session opens the configuration for a process that lives for a single answer.
func (a *app) session() (*session.Session, error) {
	s, err := session.Open(session.Options{Environ: a.environ, OneShot: true, Trace: a.trace()})
	if err != nil {
		return nil, configError(err)
	}
	a.opened = append(a.opened, s)
	a.logPlaces(s)
	return s, nil
}

// profile opens the profile of that name in s, the usual one for "". Without any profile at all, the error says where they are written.
func profile(s *session.Session, name string) (*session.Profile, error) {
	if len(s.Config.Profiles) == 0 {
		return nil, &noProfilesError{s.Config.User}
	}
	return s.Profile(name)
}

// known is profile's error for a name that is no profile's. One that cannot be opened is one.
func known(s *session.Session, name string) error {
	_, err := profile(s, name)
	if errors.As(err, new(*session.ProfileError)) {
		return nil
	}
	return err
}

// saveIndex leaves an index for fob-helper. Without it the next call takes longer, and that is all.
func (a *app) saveIndex(ctx context.Context, s *session.Session) {
	if err := s.SaveIndex(ctx); err != nil {
		a.log.Warn("route index not written", "err", err)
	}
}

// close waits for mints that whoever asked for them has left: an answer that nobody keeps can be a login lost. Then it leaves for fob
// explain what there is to tell.
func (a *app) close(ctx context.Context) {
	heard := a.notice("waiting for the server's answer, which may hold a new refresh token; ^C again leaves it")
	ctx = context.WithoutCancel(ctx)
	for _, s := range a.opened {
		s.Close(ctx) // a mint has a deadline of its own
	}
	heard()
	a.writeNotes()
}

func (a *app) writeNotes() {
	if err := a.notes.write(); err != nil {
		a.log.Debug("nothing noted for fob explain", "err", err)
	}
}

// report tells a person what went wrong, each error in one line, and what to do about it, in another.
func (a *app) report(err error) {
	if several, ok := err.(profileErrors); ok {
		for _, err := range several {
			a.report(err)
		}
		return
	}
	if errors.Is(err, syscall.EPIPE) {
		return // whoever read it has seen enough
	}
	fmt.Fprintf(a.stderr, "fob: %s\n", term.Clean(err.Error()))
	if h := hint(err); h != "" {
		fmt.Fprintf(a.stderr, "fob: hint: %s\n", h)
	}
}
