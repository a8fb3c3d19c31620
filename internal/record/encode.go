package record

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/lines"
)

// Encode returns the bytes for a store. It fails if a value holds a line feed or a NUL byte.
func (r Record) Encode() ([]byte, error) {
	w := writer{{Key: "generation", Value: strconv.FormatUint(r.Generation, 10)}}
	w.text("access", r.Access)
	w.text("type", r.Type)
	w.text("id", r.ID)
	w.text("scope", strings.Join(r.Scopes, " "))
	w.time("issued_ms", r.Issued)
	w.time("expiry_ms", r.Expiry)
	w.time("intent_ms", r.Intent)
	w.time("dropped_ms", r.Dropped)
	w.text("failure", r.Failure)
	w.text("failure_reason", r.Reason)
	if r.Failures > 0 {
		w.text("failures", strconv.Itoa(r.Failures))
	}
	w.time("failed_ms", r.FailedAt)
	w.time("retry_ms", r.RetryAt)
	for _, field := range slices.Sorted(maps.Keys(r.Sealed)) {
		w.text(field+sealedSuffix, r.Sealed[field])
	}
	return lines.Encode(kind, version, append(w, r.unknown...))
}

type writer []lines.Line

func (w *writer) text(key, value string) {
	if value != "" {
		*w = append(*w, lines.Line{Key: key, Value: value})
	}
}

func (w *writer) time(key string, t time.Time) {
	if !t.IsZero() {
		w.text(key, strconv.FormatInt(t.UnixMilli(), 10))
	}
}
