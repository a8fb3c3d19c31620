package rttest

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// snapshot remembers req and what it points to. The result says what has changed since, by name: values may be secrets.
func snapshot(req *http.Request) func() error {
	was, deep := *req, req.Clone(req.Context())
	return func() error {
		if req.Context() != was.Context() {
			return fmt.Errorf("the request's context was replaced: %s", leaveAlone)
		}
		then, kept, now := reflect.ValueOf(was), reflect.ValueOf(*deep), reflect.ValueOf(*req)
		for _, f := range reflect.VisibleFields(now.Type()) {
			if !f.IsExported() {
				continue
			}
			if !same(then.FieldByIndex(f.Index), now.FieldByIndex(f.Index)) {
				return fmt.Errorf("the request's %s was replaced: %s", f.Name, leaveAlone)
			}
			if names := differ(kept.FieldByIndex(f.Index), now.FieldByIndex(f.Index)); names != "" {
				return fmt.Errorf("the request's %s was changed in place (%s): %s", f.Name, names, leaveAlone)
			}
		}
		return nil
	}
}

const leaveAlone = "RoundTrip should not modify the request (http.RoundTripper); clone the header and the URL, which a copy of the Request shares, before you write"

// same reports whether a field still holds the same value, or points to the same.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Func, reflect.Map, reflect.Pointer, reflect.Chan:
		return a.UnsafePointer() == b.UnsafePointer()
	case reflect.Slice:
		return a.UnsafePointer() == b.UnsafePointer() && a.Len() == b.Len()
	}
	return a.Interface() == b.Interface()
}

// differ names the keys of a map, or the fields of a struct, that are not what they were; "" if all are.
func differ(was, now reflect.Value) string {
	if k := was.Kind(); k != reflect.Map && k != reflect.Pointer && k != reflect.Slice || reflect.DeepEqual(was.Interface(), now.Interface()) {
		return ""
	}
	names := make(map[string]bool)
	switch was.Kind() {
	case reflect.Map:
		for _, k := range append(was.MapKeys(), now.MapKeys()...) {
			names[k.String()] = unlike(was.MapIndex(k), now.MapIndex(k))
		}
	case reflect.Pointer:
		for _, f := range reflect.VisibleFields(was.Type().Elem()) {
			names[f.Name] = f.IsExported() && unlike(was.Elem().FieldByIndex(f.Index), now.Elem().FieldByIndex(f.Index))
		}
	default:
		return "its elements"
	}
	maps.DeleteFunc(names, func(_ string, differs bool) bool { return !differs })
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

func unlike(a, b reflect.Value) bool {
	return a.IsValid() != b.IsValid() || a.IsValid() && !reflect.DeepEqual(a.Interface(), b.Interface())
}
