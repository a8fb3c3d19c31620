package fob_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/fobkit/fob"
)

// The names of records that lie in users' state directories: a change here orphans them all.
func TestGoldenNames(t *testing.T) {
	for _, tc := range []struct {
		key  fob.Key
		want string
	}{
		{fob.Key{}, "k1-f6301a10c56a82c4a74dd9219c89b27a36ac0849052579748adf15d3f28dd11a"},
		{fob.Key{Issuer: "https://login.example", Client: "c"}, "k1-59ddf98c4016119d6c58ac81ac43887e9906c2b03008c29ead57bb7f6eb885d9"},
		{fullKey(), "k1-ea6ac0ba4b37cb44b5077cfb21074608e858928bc952ff10ef3bfb3fff864f53"},
	} {
		if got := tc.key.Name(); got != tc.want {
			t.Errorf("name is %s, want %s", got, tc.want)
		}
	}
}

func fullKey() fob.Key {
	return fob.Key{
		Issuer: "https://login.example/é", Client: "c", Grant: "client_credentials", Account: "corp",
		Audience: []string{"https://api.example", "b"}, Resource: []string{"https://res.example"}, Scopes: []string{"read", "write"},
		Claims: `{"id_token":null}`, Params: map[string][]string{"tenant": {"t", "u"}, "a": nil}, Thumbprint: "x",
	}
}

func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	want := fullKey().Name()
	for range 1000 {
		k := fullKey()
		for _, set := range []*[]string{&k.Audience, &k.Scopes} {
			*set = append(*set, (*set)[rand.IntN(len(*set))])
			rand.Shuffle(len(*set), func(i, j int) { (*set)[i], (*set)[j] = (*set)[j], (*set)[i] })
		}
		slices.Reverse(k.Params["tenant"])
		if got := k.Name(); got != want {
			t.Fatalf("%+v is named %s, want %s", k, got, want)
		}
	}
}

// Keys whose fields, written one after the other, would look alike.
func TestDistinctKeysHaveDistinctNames(t *testing.T) {
	seen := make(map[string]fob.Key)
	values := []string{"", "a", "b", "ab", "a b", "a\x00b", "a,b"}
	add := func(k fob.Key) {
		t.Helper()
		if other, ok := seen[k.Name()]; ok {
			t.Errorf("%+v and %+v share a name", k, other)
		}
		seen[k.Name()] = k
	}
	add(fob.Key{})
	for _, v := range values[1:] {
		add(fob.Key{Issuer: v})
		add(fob.Key{Client: v})
		add(fob.Key{Grant: v})
		add(fob.Key{Account: v})
		add(fob.Key{Claims: v})
		add(fob.Key{Thumbprint: v})
	}
	for _, v := range values {
		add(fob.Key{Audience: []string{v}})
		add(fob.Key{Resource: []string{v}})
		add(fob.Key{Scopes: []string{v}})
		add(fob.Key{Scopes: []string{"a", "z", v}, Client: "x"})
		add(fob.Key{Params: map[string][]string{v: nil}})
		add(fob.Key{Params: map[string][]string{"tenant": {v}}})
		add(fob.Key{Params: map[string][]string{"tenant": {"z", v}}})
		add(fob.Key{Params: map[string][]string{"tenant": nil, "y" + v: {v}}})
	}
}

// Two keys share a name if, and only if, they say the same.
func FuzzKeyName(f *testing.F) {
	f.Add("https://login.example", "c", "read", "write", "tenant", "t")
	f.Add("a", "b", "", "", "", "")
	f.Add("a\x00", "b", "x y", "x", "y", "x")
	f.Fuzz(func(t *testing.T, issuer, client, s1, s2, name, value string) {
		keys := []fob.Key{
			{Issuer: issuer, Client: client, Scopes: []string{s1, s2}, Params: map[string][]string{name: {value}}},
			{Issuer: issuer + client, Scopes: []string{s1, s2}, Params: map[string][]string{name: {value}}},
			{Issuer: issuer, Client: client, Scopes: []string{s2, s1, s2}, Params: map[string][]string{name: {value, value}}},
			{Issuer: issuer, Client: client, Scopes: []string{s1 + s2}, Params: map[string][]string{name: {value}}},
			{Issuer: issuer, Client: client, Scopes: []string{s1}, Resource: []string{s2}, Params: map[string][]string{name: {value}}},
			{Issuer: issuer, Client: client, Scopes: []string{s1, s2}, Params: map[string][]string{name + value: nil}},
			{Issuer: issuer, Client: client, Scopes: []string{s1, s2}, Params: map[string][]string{name: nil, value: nil}},
			{Issuer: client, Client: issuer, Scopes: []string{s1, s2, name, value}},
		}
		for i, a := range keys {
			for _, b := range keys[i+1:] {
				if same := reflect.DeepEqual(normal(a), normal(b)); same != (a.Name() == b.Name()) {
					t.Errorf("%+v and %+v say the same: %v, and share a name: %v", a, b, same, !same)
				}
			}
		}
	})
}

// normal is k with its sets as sets.
func normal(k fob.Key) fob.Key {
	set := func(s []string) []string { return slices.Compact(slices.Sorted(slices.Values(s))) }
	k.Audience, k.Resource, k.Scopes = set(k.Audience), set(k.Resource), set(k.Scopes)
	params := make(map[string][]string)
	for name, values := range k.Params {
		params[name] = set(values)
	}
	k.Params = params
	return k
}
