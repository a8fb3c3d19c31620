package tier

import "time"

// Note is a note of an outage that ends then.
func Note(until time.Time) []byte { return encodeNote(until) }

// ParseCopy reads a near copy.
var ParseCopy = parseCopy

// ParseNote reads a note.
var ParseNote = parseNote

// Encode writes a near copy.
func (c Copy) Encode() ([]byte, error) { return c.encode() }
