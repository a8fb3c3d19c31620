package tier

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/fobkit/fob/internal/lines"
)

// noteName is the note in Near of when Far may be asked again: of many short-lived processes, started one after another, about one
// a second finds out for itself that it is away.
const noteName = "tier.away"

// noteLasts is the shortest time that a note stands; the longest is twice that.
const noteLasts = time.Second

func (s *Store) writeNote(ctx context.Context) {
	s.near().Put(ctx, noteName, encodeNote(time.Now().Add(noteLasts+rand.N(noteLasts)))) // without it, the next process finds out for itself
}

func encodeNote(until time.Time) []byte {
	data, _ := lines.Encode("fob-away", 1, []lines.Line{{Key: "until", Value: strconv.FormatInt(until.UnixMilli(), 10)}}) // digits can be written
	return data
}

// readNote begins an outage, of which nobody is warned a second time, if a note stands. One from a clock that was ahead of ours does not.
func (s *Store) readNote(ctx context.Context) {
	data, err := s.near().Get(ctx, noteName)
	if err != nil {
		return
	}
	if left := time.Until(parseNote(data)); left > 0 && left <= 2*noteLasts {
		s.begin(&AwayError{errNoted})
	}
}

// parseNote returns the zero time for what is no note.
func parseNote(data []byte) time.Time {
	ls, err := lines.Decode("fob-away", 1, data)
	if err != nil || len(ls) != 1 || ls[0].Key != "until" {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(ls[0].Value, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func (s *Store) eraseNote(ctx context.Context) { s.near().Delete(ctx, noteName) }
