package fob

import (
	"context"
	"fmt"
	"io"
)

// masked is what a Secret shows of itself.
const masked = "[secret]"

// Secret is a string that does not show itself: fmt with every verb, log/slog, encoding/json, TOML and text marshalers
// all print "[secret]", or nothing for an empty one. string(s) is the only way to its text, so that a search for
// it finds every place that may reveal one.
type Secret string

// String returns "[secret]", or "" for an empty Secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format prints String for every verb, %x and %q among them.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText returns String. It serves encoding/json, TOML and the handlers of log/slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Secret returns s itself: a Secret that is already known is its own source.
func (s Secret) Secret(context.Context) (Secret, error) { return s, nil }
