package credhelper_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestDocker(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*keeper)
		code int
	}{
		{name: "get-host"}, {name: "get-port"}, {name: "get-hub"}, {name: "get-crlf-bom"},
		{name: "get-identity", edit: func(k *keeper) { k.cred.Username, k.cred.Form = "<token>", credhelper.Password }},
		{name: "get-not-found", code: 1}, {name: "get-http", code: 1}, {name: "get-empty", code: 2},
		{name: "get-login", edit: func(k *keeper) { k.err = fob.ErrLoginRequired }, code: 3},
		{name: "store"}, {name: "store-no-server", code: 2}, {name: "store-no-username", code: 2},
		{name: "erase"}, {name: "erase-http"},
		{name: "list", edit: func(k *keeper) {
			k.entries = []credhelper.Entry{{Server: "registry.example.com", Username: "alice"}, {Server: "https://index.docker.io/v1/", Username: "b&b"}}
		}},
		{name: "list-empty"}, {name: "version"},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(h)
		}
		verb, _, _ := strings.Cut(c.name, "-")
		if r := transcript(t, "docker/"+c.name, h, "docker-credential-fob", verb); r.code != c.code || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and stderr %q, want %d and silence", c.name, r.code, r.stderr.String(), c.code)
		}
	}
}

func TestDockerServerForms(t *testing.T) {
	for server, want := range map[string]string{
		"ghcr.io":                     "https://ghcr.io ",
		"localhost:5000":              "https://localhost:5000 ",
		"https://index.docker.io/v1/": "https://index.docker.io v1/",
		"https://Registry.example/v2": "https://registry.example v2",
		"ghcr.io/team":                "https://ghcr.io team",
		"http://127.0.0.1:5000":       "http://127.0.0.1:5000 ",
		"[::1]:5000":                  "https://[::1]:5000 ",
	} {
		h := anHour()
		serve(h, server+"\n", nil, "docker-credential-fob-corp.exe", "get")
		if got := h.req.Origin() + " " + h.req.Path; got != want || h.req.Server != server || h.req.Protocol != "docker" || h.req.Profile != "corp" || h.req.MinTTL != time.Minute {
			t.Errorf("%s: the handler was asked %+v, want %q", server, h.req, want)
		}
	}
}

func TestDockerStoreTellsTheHandler(t *testing.T) {
	h := new(keeper)
	serve(h, readFile(t, "docker/store.in"), nil, "docker-credential-fob", "store")
	if h.did != "store" || h.req.Host != "registry.example.com" || h.used.Username != "alice" || h.used.Secret != "hunter2-fob-canary-7f3a9c" || h.used.Form != credhelper.Password {
		t.Errorf("the handler was told %s of %+v for %s", h.did, h.used, h.req)
	}
}

func TestDockerRefusesRequestsOutOfForm(t *testing.T) {
	for _, c := range []struct{ args, in string }{
		{"get", "registry.example.com\nevil.example"}, {"get", "registry.example.com\x00"}, {"get", "me@registry.example.com"}, {"get", "ftp://registry.example.com"},
		{"get", "registry.example.com?x"}, {"get", "https://"}, {"get", "régistry.example"}, {"get", "registry.example.com/a/../b"},
		{"store", "{"}, {"store", `{"ServerURL":"http://registry.example.com","Username":"a","Secret":"b"}`}, {"store", `{"ServerURL":"a\nb","Username":"a","Secret":"b"}`},
		{"get get", "registry.example.com"}, {"", "registry.example.com"}, {"rotate", "registry.example.com"},
	} {
		h := anHour()
		r := serve(h, c.in, nil, append([]string{"docker-credential-fob"}, strings.Fields(c.args)...)...)
		out := r.stdout.String()
		if r.code != 2 || r.stderr.Len() != 0 || h.did != "" || !strings.HasPrefix(out, "fob: ") || strings.Count(out, "\n") != 1 || strings.Contains(out, canary) {
			t.Errorf("%s %q: exit status %d, %d bytes of answer, stderr %q; want 2 and one line", c.args, c.in, r.code, len(out), r.stderr.String())
		}
	}
}

func TestSecretThatJSONWouldChangeIsRefused(t *testing.T) {
	h := &keeper{cred: credhelper.Credential{Secret: "fob-canary-7f3a9c\xff"}}
	if r := serve(h, "a.example", nil, "fob", "docker", "get"); r.code != 1 || r.stdout.String() != "fob: no token for a.example: a credential that JSON cannot carry\n" {
		t.Errorf("docker: exit status %d and %d bytes, want 1 and one line", r.code, r.stdout.Len())
	}
	if r := serve(h, "", nil, "fob", "kubernetes"); r.code != 1 || r.stdout.Len() != 0 {
		t.Errorf("kubernetes: exit status %d and %d bytes, want 1 and none", r.code, r.stdout.Len())
	}
}
