package frontend_test

import (
	"testing"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/route"
)

// What go is told must be spelt as go asked.
func TestBelowIsTheProfilesPathAsItWasAsked(t *testing.T) {
	for _, c := range []struct{ host, path, want string }{
		{"git.corp.example", "team/mod/@v/list", "/"},
		{"git.corp.example", "", "/"},
		{"*.corp.example", "team/mod", "/"},
		{"git.corp.example/team", "team/mod", "team"},
		{"git.corp.example/team", "team", "team"},
		{"git.corp.example/team", "te%61m/mod", "te%61m"},
		{"git.corp.example/a/b", "a/b//c", "a/b"},
	} {
		pattern, err := route.ParsePattern(c.host)
		if err != nil {
			t.Fatal(err)
		}
		everywhere, _ := route.ParsePattern("other.example/a/b/c")
		p := &route.Profile{Hosts: []route.Pattern{everywhere, pattern}}
		req := credhelper.Request{Protocol: "goauth", Scheme: "https", Host: "git.corp.example", Port: 443, Path: c.path}
		if got := frontend.Below(p, req); got != c.want {
			t.Errorf("%s, asked for %s: %q, want %q", c.host, c.path, got, c.want)
		}
	}
	if got := frontend.Below(new(route.Profile), credhelper.Request{Protocol: "goauth"}); got != "" {
		t.Errorf("of no place: %q, want none", got)
	}
}
