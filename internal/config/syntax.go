package config

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// syntaxError is go-toml's err in terms of keys. Of the line where it was found it shows no more than names that keys have: all
// else can be secret.
func syntaxError(file string, data []byte, err error) error {
	e := &Error{Origin: Origin{File: file, Line: 1, Column: 1}, Reason: strings.TrimPrefix(err.Error(), "toml: ")}
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return e
	}
	e.Line, e.Column = at.Position()
	if e.Key = strings.Join(at.Key(), "."); e.Key != "" {
		return e
	}
	key, value, ok := lineOf(data, e.Line)
	if !ok {
		return e
	}
	e.Key = strings.Join(append(slices.Clip(walk(file, data).table), key), ".")
	switch {
	case value == "" || value[0] == '#':
		e.Reason = "has no value"
	case !strings.ContainsRune("\"'[{", rune(value[0])):
		e.Reason = `wants its value in quotes: "…"`
	case strings.HasSuffix(e.Reason, "at start of value"):
		e.Reason = `wants each string in quotes: "…"`
	}
	return e
}

// lineOf takes a line apart, if it begins with a key that a configuration can have.
func lineOf(data []byte, number int) (key, value string, ok bool) {
	lines := bytes.Split(data, []byte("\n"))
	if number > len(lines) {
		return "", "", false
	}
	key, value, ok = strings.Cut(string(lines[number-1]), "=")
	key = strings.TrimSpace(key)
	for part := range strings.SplitSeq(key, ".") {
		ok = ok && slices.Contains(allKeys, part)
	}
	return key, strings.TrimSpace(value), ok
}

var allKeys = slices.Concat(keysOf(reflect.TypeFor[Config]()), keysOf(reflect.TypeFor[Profile]()), keysOf(reflect.TypeFor[Assertion]()),
	keysOf(reflect.TypeFor[SecretRef]()))
