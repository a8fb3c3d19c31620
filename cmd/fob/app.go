package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/term"
)

// app is one run of the command.
type app struct {
	std
	log    *slog.Logger
	colour bool // on stderr
}

// session opens the configuration for a process that lives for a single answer, and leaves an index for fob-helper.
func (a *app) session() (*session.Session, error) {
	s, err := session.Open(session.Options{Environ: a.environ, OneShot: true, Trace: a.trace()})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// trace writes what the cache does to the log.
func (a *app) trace() fob.Trace {
	return fob.Trace{
		MintStart: func(name string) { a.log.Debug("mint", "record", name) },
		MintDone: func(name string, tok fob.Token, took time.Duration, err error) {
			if err != nil {
				a.log.Debug("mint failed", "record", name, "took", took, "err", err)
				return
			}
			a.log.Info("minted", "record", name, "took", took, "expires", tok.Expiry)
		},
		Dropped: func(name string) { a.log.Info("dropped a refused token", "record", name) },
		Warning: func(name string, err error) { a.log.Warn(err.Error()) },
	}
}

// report tells a person what went wrong, in one line, and what to do about it, in another.
func (a *app) report(err error) {
	fmt.Fprintf(a.stderr, "fob: %s\n", term.Clean(err.Error()))
	if h := hint(err); h != "" {
		fmt.Fprintf(a.stderr, "fob: hint: %s\n", h)
	}
}
