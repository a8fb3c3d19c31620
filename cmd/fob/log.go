package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
	"github.com/lmittmann/tint"
)

// newLog is the command's log: warnings and errors on stderr, or what FOB_LOG asks for (debug, info, warn, error).
func newLog(s std, colour bool) *slog.Logger {
	level := slog.LevelWarn
	var err error
	if text := s.getenv("FOB_LOG"); text != "" {
		err = level.UnmarshalText([]byte(text)) // which leaves level as it was
	}
	log := slog.New(tint.NewTextHandler(s.stderr, &tint.Options{Level: level, TimeFormat: "15:04:05.000", NoColor: !colour}))
	if err != nil {
		log.Warn("FOB_LOG: wants debug, info, warn or error")
	}
	return log
}

func (s std) getenv(name string) string { return paths.Env(s.environ)(name) }

// warn logs err, and says what to do about it.
func (a *app) warn(err error) {
	a.log.Warn(err.Error())
	if h := hint(err); h != "" && a.log.Enabled(context.Background(), slog.LevelWarn) {
		fmt.Fprintf(a.stderr, "fob: hint: %s\n", h)
	}
}

func (a *app) debugging() bool { return a.log.Enabled(context.Background(), slog.LevelDebug) }

// logPlaces says which files s was read from, and where it keeps its tokens.
func (a *app) logPlaces(s *session.Session) {
	if !a.debugging() {
		return
	}
	for _, f := range s.Config.Looked() {
		if f.Stamp == (route.Stamp{}) {
			a.log.Debug("no configuration there", "path", f.Path)
		} else {
			a.log.Debug("configuration read", "path", f.Path)
		}
	}
	a.log.Debug("state directory", "path", cmp.Or(s.State, "none"))
}

// logMisses says of each profile why it may not answer q.
func (a *app) logMisses(s *session.Session, q route.Query) {
	if !a.debugging() {
		return
	}
	asked := "no host"
	if t := q.Target; t != (route.Target{}) {
		t.Path = "" // what is asked for there is nobody's business
		asked = t.String()
	}
	for _, p := range s.Routes().Profiles {
		var hosts []string
		for _, h := range p.Hosts {
			hosts = append(hosts, h.String())
		}
		a.log.Debug("no match", "profile", p.Name, "why", whyNot(p, q), "hosts", hosts, "asked", asked)
	}
}

// whyNot is what keeps p, which does not match q, from it.
func whyNot(p route.Profile, q route.Query) string {
	switch {
	case q.Profile != "" && q.Profile != p.Name:
		return "another profile is asked for"
	case q.Target == (route.Target{}):
		return "does not allow " + q.Front
	case len(p.Hosts) == 0:
		return "has no hosts"
	}
	why := "another host"
	for _, h := range p.Hosts {
		near := q.Target
		if near.Path = h.Path; h.Match(near) {
			return "another path, or none is named"
		}
		if near.Scheme, near.Port = h.Scheme, h.Port; h.Match(near) {
			why = "another scheme or port"
		}
	}
	return why
}
