package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/fobkit/fob/internal/route"
)

// set puts the entry's value into what key names below dst. It returns what is wrong with it.
func (e entry) set(dst reflect.Value, key []string) (reason string) {
	if len(key) == 0 {
		return assign(dst.Addr().Interface(), e.value)
	}
	switch dst.Kind() {
	case reflect.Struct:
		field, ok := fieldOf(dst, key[0])
		if !ok {
			return e.unknown(dst.Type(), key)
		}
		return e.set(field, key[1:])
	case reflect.Map:
		return e.setMember(dst, key)
	}
	return "not a table"
}

// unknown says what may be meant by a key that t has not: one like it or, outside of profiles, one that belongs in a profile, or a
// profile's name.
func (e entry) unknown(t reflect.Type, key []string) (reason string) {
	table := e.value == nil || len(key) > 1
	switch {
	case t != reflect.TypeFor[Config]():
	case slices.Contains(keysOf(reflect.TypeFor[Profile]()), key[0]):
		return "belongs below [profile.NAME]"
	case table && similar(key[0], []string{"profile"}) == "":
		return "unknown key" + didYouMean("[profile."+key[0]+"]")
	}
	return "unknown key" + didYouMean(similar(key[0], keysOf(t)))
}

// setMember sets what lies below a member of a map, which cannot be done in place.
func (e entry) setMember(dst reflect.Value, key []string) (reason string) {
	if dst.IsNil() {
		dst.Set(reflect.MakeMap(dst.Type()))
	}
	name, member := reflect.ValueOf(key[0]), reflect.New(dst.Type().Elem()).Elem()
	if old := dst.MapIndex(name); old.IsValid() {
		member.Set(old)
	}
	if p, ok := member.Addr().Interface().(**Profile); ok && *p == nil {
		*p = &Profile{Name: key[0], marks: make(marks)}
	}
	target := member
	if member.Kind() == reflect.Pointer {
		target = member.Elem()
	}
	reason = e.set(target, key[1:])
	dst.SetMapIndex(name, member)
	return reason
}

// assign puts value into the place dst points at. It returns what is wrong with it.
func assign(dst, value any) (reason string) {
	text, isText := value.(string)
	switch dst := dst.(type) {
	case *string:
		*dst = text
		return wants(isText && text != "", "a string that is not empty", text)
	case *StoreURL:
		*dst = StoreURL(text)
		return wants(isText && text != "", "a string that is not empty", text)
	case *Seal:
		*dst = Seal(text)
		return wants(text == "all", `"all"`, "")
	case *SecretRef:
		dst.set(text)
		return wants(isText || value == nil, "a string or a table", "")
	case *Duration:
		return dst.parse(text)
	case *bool:
		flag, ok := value.(bool)
		*dst = flag
		return wants(ok, "true or false", "")
	case **bool:
		flag, ok := value.(bool)
		*dst = &flag
		return wants(ok, "true or false", "")
	case *List, *[]string, *Audience, *[]route.Pattern:
		return assignList(dst, value)
	}
	return wants(value == nil, "a table", "") // a profile, a map, an assertion
}

func assignList(dst, value any) (reason string) {
	texts, isArray, reason := listOf(value)
	if reason != "" {
		return reason
	}
	switch dst := dst.(type) {
	case *List:
		*dst = texts
	case *Audience:
		*dst = Audience{Values: texts, List: isArray}
	case *[]string:
		*dst = texts
		return wants(isArray, "an array of strings", "")
	case *[]route.Pattern:
		*dst, reason = parseHosts(texts)
	}
	return reason
}

// listOf is value as a list: a string alone is a list of one.
func listOf(value any) (texts []string, isArray bool, reason string) {
	texts = []string{}
	list, isArray := value.([]element)
	if !isArray {
		text, ok := value.(string)
		list = []element{{text, ok}}
	}
	for _, e := range list {
		if reason := wants(e.ok && e.text != "", "a string or an array of strings, none empty", e.text); reason != "" {
			return nil, false, reason
		}
		texts = append(texts, e.text)
	}
	return texts, isArray, ""
}

func parseHosts(texts []string) (hosts []route.Pattern, reason string) {
	if len(texts) == 0 {
		return nil, "wants at least one host, or leave it out"
	}
	for _, text := range texts {
		h, err := ParsePattern(text)
		if err != nil && strings.ContainsAny(text, ", ") {
			return nil, "wants an array of strings, one for each host"
		}
		if err != nil {
			return nil, quote(text) + ": " + err.Error()
		}
		hosts = append(hosts, h)
	}
	return hosts, ""
}

// quote shows a host pattern, unless someone wrote a password into it.
func quote(text string) string {
	if strings.Contains(text, "@") {
		return "a host"
	}
	return strconv.Quote(text)
}

func (d *Duration) parse(text string) (reason string) {
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return wants(err == nil, `a duration such as "90s"`, text)
}

// wants says what a key takes if it did not get that; a text must not hold what would break a line or a terminal.
func wants(ok bool, what, text string) (reason string) {
	switch {
	case !ok:
		return "wants " + what
	case strings.ContainsFunc(text, unicode.IsControl):
		return "has a control character"
	}
	return ""
}

// fieldOf is the field of a struct that key names.
func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if key != "" && v.Type().Field(i).Tag.Get("toml") == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keysOf are the keys of a struct, in order.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("toml"); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}
