package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/route"
)

// Row is a line of fob config: a value that is in force, secrets masked, and where it comes from.
type Row struct {
	Key    string
	Value  string
	Origin string // file:line, a variable, or such as "provider conductorone"
}

// Rows are the settings outside the profiles.
func (c *Config) Rows() []Row {
	rows := written(reflect.ValueOf(c).Elem(), c.marks)
	if c.Chosen != "" {
		rows = append(rows, Row{"profile", c.Chosen, "FOB_PROFILE"})
	}
	return rows
}

// Rows are p's keys that were written, in the order of the documentation. Of derived, which says what presets and defaults
// make of the others, those rows follow whose key was not written.
func (p *Profile) Rows(derived ...Row) []Row {
	rows := written(reflect.ValueOf(p).Elem(), p.marks)
	have := make(map[string]bool)
	for _, r := range rows {
		have[r.Key] = true
	}
	return append(rows, slices.DeleteFunc(slices.Clone(derived), func(r Row) bool { return have[r.Key] })...)
}

// written are the rows of a struct's keys that were written; those of its tables stand alone.
func written(v reflect.Value, m marks) []Row {
	var rows []Row
	for _, key := range keysOf(v.Type()) {
		if _, ok := m[key]; !ok || key == "profile" {
			continue
		}
		field, _ := fieldOf(v, key)
		for _, r := range rowsOf(key, field) {
			r.Origin = m.near(r.Key).String()
			rows = append(rows, r)
		}
	}
	return rows
}

func rowsOf(key string, v reflect.Value) []Row {
	var rows []Row
	switch {
	case v.Type() == reflect.TypeFor[Assertion]():
		for _, k := range keysOf(v.Type()) {
			if field, _ := fieldOf(v, k); !field.IsZero() {
				rows = append(rows, rowsOf(key+"."+k, field)...)
			}
		}
	case v.Kind() == reflect.Map:
		for _, name := range sortedKeys(v) {
			rows = append(rows, Row{Key: key + "." + name, Value: show(v.MapIndex(reflect.ValueOf(name)).Interface())})
		}
	default:
		rows = []Row{{Key: key, Value: show(reflect.Indirect(v).Interface())}}
	}
	return rows
}

func show(value any) string {
	switch value := value.(type) {
	case List:
		return strings.Join(value, " ")
	case Audience:
		return strings.Join(value.Values, " ")
	case Duration:
		return time.Duration(value).String()
	case []route.Pattern:
		var hosts List
		for _, h := range value {
			hosts = append(hosts, h.String())
		}
		return show(hosts)
	}
	return fmt.Sprint(value)
}

func sortedKeys(m reflect.Value) []string {
	var names []string
	for _, name := range m.MapKeys() {
		names = append(names, name.String())
	}
	slices.Sort(names)
	return names
}
