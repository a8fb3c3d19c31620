package config

import (
	"maps"
	"strconv"
	"strings"

	"github.com/fobkit/fob"
)

// Origin is where a value was written.
type Origin struct {
	File         string // empty: in no file
	Line, Column int    // from 1; columns count bytes
	Env          string // the variable, where it was one
}

// String is file:line, the variable's name, or nothing.
func (o Origin) String() string {
	if o.File == "" {
		return o.Env
	}
	return o.File + ":" + strconv.Itoa(o.Line)
}

// Error says what is wrong with the configuration, and where. It never quotes a value that can be secret.
type Error struct {
	Origin
	Key    string // such as profile.acme.client_id; empty: the text is no TOML at all
	Reason string
}

// Outcome is fob.Local: no server was asked.
func (e *Error) Outcome() fob.Outcome { return fob.Local }

func (e *Error) Error() string {
	var parts []string
	if e.File != "" {
		parts = append(parts, e.Origin.String()+":"+strconv.Itoa(e.Column))
	}
	if e.Env != "" {
		parts = append(parts, e.Env) // names the key well enough
	} else if e.Key != "" {
		parts = append(parts, e.Key)
	}
	return strings.Join(append(parts, e.Reason), ": ")
}

// marks are the origins of keys, written a.b.c.
type marks map[string]Origin

// near is the origin of key, else of the table it would stand in.
func (m marks) near(key string) Origin {
	for {
		if o, ok := m[key]; ok || key == "" {
			return o
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
}

// replace forgets key and all below it, and takes over what from says of them.
func (m marks) replace(key string, from marks) {
	below := func(k string, _ Origin) bool { return k == key || strings.HasPrefix(k, key+".") }
	maps.DeleteFunc(m, below)
	for k, o := range from {
		if below(k, o) {
			m[k] = o
		}
	}
}
