package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

func TestListNeedsNoFob(t *testing.T) {
	h := corp(t)
	h.index.Logins = []route.Login{{Server: "https://index.docker.io/v1/", Username: "ann"}}
	h.index.Profiles = append(h.index.Profiles, route.Profile{Name: "without", Record: "k1-none", Hosts: []route.Pattern{{Scheme: "https", Host: "none.example", Port: 443}}})
	var out bytes.Buffer
	_, err := credhelper.Serve(t.Context(), h, credhelper.Call{Args: []string{"fob-helper", "docker", "list"}, Stdin: strings.NewReader("unused"), Stdout: &out, Stderr: &out})
	want := `{"http://127.0.0.1:5000":"oauth2","https://index.docker.io/v1/":"ann","registry.corp.example":"oauth2"}` + "\n"
	if got := out.String(); err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	h.index = nil
	if _, err := h.List(t.Context()); err != credhelper.ErrHandOver {
		t.Errorf("without an index: %v, want it handed over", err)
	}
}
