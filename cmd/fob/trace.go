package main

import (
	"errors"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/record"
)

// trace writes what the cache does to the log.
func (a *app) trace() fob.Trace {
	return fob.Trace{
		MintStart: func(name string, why fob.Why) { a.log.Debug("mint", "record", name, "why", string(why)) },
		MintDone: func(name string, tok fob.Token, took time.Duration, err error) {
			if err != nil {
				a.log.Debug("mint failed", "record", name, "took", took, "err", err)
				return
			}
			a.log.Info("minted", "record", name, "took", took, "expires", tok.Expiry)
		},
		Dropped: func(name string) { a.log.Info("dropped a refused token", "record", name) },
		Warning: a.warner(),
	}
}

// warner says in a line what is the matter with a record, and once what is with the place where they all lie.
func (a *app) warner() func(name string, err error) {
	var place sync.Once
	return func(name string, err error) {
		switch {
		case name == "":
			a.log.Warn(err.Error())
		case errors.Is(err, record.ErrCorrupt), errors.Is(err, fob.ErrSeal):
			a.log.Warn("a kept token is damaged, and set aside", "record", name)
		case errors.Is(err, record.ErrForeign):
			a.log.Warn("a kept token was written by another version of fob, and left alone", "record", name)
		case errors.Is(err, fob.ErrForeignKey):
			a.log.Warn("a kept token is left alone: "+err.Error(), "record", name)
		default:
			place.Do(func() { a.log.Warn("tokens stay in memory: " + err.Error()) })
		}
	}
}
