package frontend_test

import (
	"testing"

	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/route"
)

// TestListLeavesOutWhatGetCannotAnswer: docker gives up at the first host of a list that it gets nothing for.
func TestListLeavesOutWhatGetCannotAnswer(t *testing.T) {
	hosts := func(texts ...string) (hosts []route.Pattern) {
		for _, text := range texts {
			h, err := route.ParsePattern(text)
			if err != nil {
				t.Fatal(err)
			}
			hosts = append(hosts, h)
		}
		return hosts
	}
	index := &route.Index{Profiles: []route.Profile{
		{Name: "a", Hosts: hosts("both.example", "a.example", "*.any.example", "path.example/team", "http://localhost:5000")},
		{Name: "b", Hosts: hosts("both.example", "b.example")},
		{Name: "none", Hosts: hosts("none.example")},
	}, Logins: []route.Login{{Server: "https://index.docker.io/v1/"}, {Server: "none.example"}, {Server: "https://none.example/v1/"}, {Server: "path.example"}, {Server: "both.example"}}}
	got := ""
	for _, e := range frontend.List(index, func(p *route.Profile) bool { return p.Name != "none" }) {
		got += e.Server + " "
	}
	if want := "https://index.docker.io/v1/ path.example a.example http://localhost:5000 b.example "; got != want {
		t.Errorf("listed: %s, want %s", got, want)
	}
}
