package main

import (
	"log/slog"

	"github.com/fobkit/fob/internal/paths"
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
