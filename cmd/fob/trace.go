package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

// trace writes what the cache does to the log, and to the notes for fob explain.
func (a *app) trace() fob.Trace {
	warn := a.warner()
	return fob.Trace{
		Waited:     a.waited,
		Remembered: func(_ string, err *fob.RememberedError) { a.notes.remembered(err) },
		MintStart: func(name string, why fob.Why) {
			a.log.Debug("mint", "record", name, "why", string(why))
			a.notes.mints(name, why)
		},
		MintDone: func(name string, tok fob.Token, took time.Duration, err error) {
			a.notes.minted(name, took, err)
			if err != nil {
				a.log.Debug("mint failed", "record", name, "took", took, "err", err)
				return
			}
			a.log.Info("minted", "record", name, "took", took, "expires", tok.Expiry)
		},
		Dropped: func(name string) {
			a.log.Info("dropped a refused token", "record", name)
			a.notes.dropped()
		},
		Warning: func(name string, err error) {
			warn(name, err)
			a.notes.trouble(name, err)
		},
	}
}

func (a *app) waited(_ string, took time.Duration, err error) {
	if a.notes.waited(took, err); a.over != nil {
		a.over()
	}
}

// warner says in a line what is the matter with a record, and once what is with the place where they all lie.
func (a *app) warner() func(name string, err error) {
	var place sync.Once
	return func(name string, err error) {
		switch {
		case name == "":
			a.warn(err)
		case recordTrouble(err) != "":
			a.log.Warn(recordTrouble(err), "record", name)
		default:
			place.Do(func() { a.warn(fmt.Errorf("tokens stay in memory: %w", err)) })
		}
	}
}

// recordTrouble is what is the matter with a record that was read, for people. Empty: err is about something else.
func recordTrouble(err error) string {
	switch {
	case errors.Is(err, record.ErrCorrupt), errors.Is(err, fob.ErrSeal):
		return "a kept token is damaged, and set aside"
	case errors.Is(err, record.ErrForeign):
		return "a kept token was written by another version of fob, and left alone"
	case errors.Is(err, fob.ErrForeignKey):
		return "a kept token is left alone: " + err.Error()
	}
	return ""
}
