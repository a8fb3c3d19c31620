// Package record is what a cache keeps of one token: the form in which it lies in a store, and which fob-helper reads
// on every call. It knows nothing of clocks, locks or keys.
package record

import (
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/lines"
)

// Errors of Decode: a corrupt record may be set aside, a foreign one is left alone.
var (
	ErrCorrupt = lines.ErrCorrupt
	ErrForeign = lines.ErrForeign
)

const (
	kind    = "fob-record"
	version = 1
)

// Record is one token as a store keeps it. Its secrets are plain strings here, since nothing outside the cache and
// fob-helper's hit path handles one.
type Record struct {
	Generation uint64 // one more at each write

	Access string // plain only if it lives at most a day
	Type   string
	ID     string // plain only as long as Access is
	Scopes []string
	Issued time.Time
	Expiry time.Time // zero: none

	Sealed map[string]string // field name → sealed text, for whatever must not lie here in the clear

	// Intent is when a single-use refresh token, this record's, was about to be sent. It is gone as soon as an answer is
	// kept; a record that still has it is in doubt: the server may have used the token up.
	Intent time.Time

	// Failure is the kind of the last failed mint, Reason what it had to say, Failures how many there were in a row, FailedAt when it was,
	// and RetryAt when the next one may be tried. They are gone as soon as one succeeds.
	Failure  string
	Reason   string
	Failures int
	FailedAt time.Time // zero: an older program's
	RetryAt  time.Time

	// Dropped is when a token was last dropped because a server refused it.
	Dropped time.Time

	unknown []lines.Line // of a newer program of the same version; kept as they are
}

const sealedSuffix = ".jwe"

// Decode reads what Encode wrote. Other errors than ErrCorrupt and ErrForeign do not occur.
func Decode(data []byte) (Record, error) {
	ls, err := lines.Decode(kind, version, data)
	if err != nil {
		return Record{}, err
	}
	var r Record
	for _, l := range ls {
		if l.Value == "" || !r.set(l) { // what is empty is not written
			return Record{}, ErrCorrupt
		}
	}
	return r, nil
}

// set takes one line and reports whether it makes sense.
func (r *Record) set(l lines.Line) (ok bool) {
	switch l.Key {
	case "generation":
		n, err := strconv.ParseUint(l.Value, 10, 64)
		r.Generation = n
		return err == nil
	case "access":
		r.Access = l.Value
	case "type":
		r.Type = l.Value
	case "id":
		r.ID = l.Value
	case "scope":
		r.Scopes = strings.Split(l.Value, " ")
	case "issued_ms":
		r.Issued, ok = parseTime(l.Value)
		return ok
	case "expiry_ms":
		r.Expiry, ok = parseTime(l.Value)
		return ok
	case "intent_ms":
		r.Intent, ok = parseTime(l.Value)
		return ok
	case "failure":
		r.Failure = l.Value
	case "failure_reason":
		r.Reason = l.Value
	case "failures":
		n, err := strconv.Atoi(l.Value)
		r.Failures = n
		return err == nil && n > 0
	case "failed_ms":
		r.FailedAt, ok = parseTime(l.Value)
		return ok
	case "retry_ms":
		r.RetryAt, ok = parseTime(l.Value)
		return ok
	case "dropped_ms":
		r.Dropped, ok = parseTime(l.Value)
		return ok
	default:
		r.setOther(l)
	}
	return true
}

func (r *Record) setOther(l lines.Line) {
	field, sealed := strings.CutSuffix(l.Key, sealedSuffix)
	if !sealed {
		r.unknown = append(r.unknown, l)
		return
	}
	if r.Sealed == nil {
		r.Sealed = make(map[string]string)
	}
	r.Sealed[field] = l.Value
}

// parseTime reads milliseconds since 1970, which must be positive: zero time is written as no line at all.
func parseTime(s string) (time.Time, bool) {
	ms, err := strconv.ParseInt(s, 10, 64)
	return time.UnixMilli(ms), err == nil && ms > 0
}
