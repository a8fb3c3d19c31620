package credhelper_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestTerraform(t *testing.T) {
	for _, c := range []struct {
		name, host string
		edit       func(*keeper)
		code       int
		err        string
	}{
		{name: "get", host: "git.example.com"}, {name: "get-port", host: "xn--bcher-kva.example:8443"}, {name: "get-not-found", host: "other.example"},
		{name: "get-kept", host: "git.example.com", edit: func(k *keeper) { k.cred.Form, k.cred.Verbatim = credhelper.Password, true }},
		{name: "get-password", host: "git.example.com", edit: func(k *keeper) { k.cred.Form = credhelper.Password }, code: 4, err: "fob: no token for git.example.com: a password is no bearer token: denied\n"},
		{name: "get-login", host: "git.example.com", edit: func(k *keeper) { k.err = fob.ErrLoginRequired }, code: 3, err: "fob: no token for git.example.com: login required\n"},
		{name: "store", host: "git.example.com"}, {name: "forget", host: "git.example.com"},
		{name: "forget-unknown", host: "git.example.com", edit: func(k *keeper) { k.err = credhelper.ErrNotFound }},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(h)
		}
		verb, _, _ := strings.Cut(c.name, "-")
		if r := transcript(t, "terraform/"+c.name, h, "terraform-credentials-fob", verb, c.host); r.code != c.code || r.stderr.String() != c.err {
			t.Errorf("%s: exit status %d and %q, want %d and %q", c.name, r.code, r.stderr.String(), c.code, c.err)
		}
	}
}

func TestTerraformRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	transcript(t, "terraform/get-port", h, "terraform-credentials-fob", "--profile", "corp", "get", "xn--bcher-kva.example:8443")
	got := h.req
	if got.Protocol != "terraform" || got.Profile != "corp" || got.Origin() != "https://xn--bcher-kva.example:8443" || got.Path != "" || got.Server != "" ||
		got.MinTTL != time.Minute || !got.Bearer || got.Interactive {
		t.Errorf("the handler was asked %+v", got)
	}
	for verb, did := range map[string]string{"store": "store", "forget": "erase"} {
		h := new(keeper)
		transcript(t, "terraform/"+verb, h, "terraform-credentials-fob", verb, "git.example.com")
		if h.did != did || h.req.Origin() != "https://git.example.com" || verb == "store" && (h.used.Secret != canary || h.used.Form != credhelper.Bearer) || verb == "forget" && h.used.Secret != "" {
			t.Errorf("%s: the handler was told %s of %+v for %s", verb, h.did, h.used, h.req)
		}
	}
}

func TestTerraformRefusesRequestsOutOfForm(t *testing.T) {
	for _, c := range []struct{ args, in string }{
		{"", ""}, {"get", ""}, {"get git.example.com more", ""}, {"rotate git.example.com", ""},
		{"get https://git.example.com", ""}, {"get http://git.example.com", ""}, {"get me@git.example.com", ""}, {"get git.example.com/x", ""}, {"get git.example.com?x", ""},
		{"get git.example.com#x", ""}, {"get gıt.example.com", ""}, {"get git.example.com:", ""}, {"get git.example.com:0443", ""}, {"get git.example.com.", ""}, {"get " + strings.Repeat("a.", 127) + "aa", ""},
		{"get git.example.com\x00", ""}, {"store git.example.com", ""}, {"store git.example.com", "{}"}, {"store git.example.com", `{"token":1}`}, {"store git.example.com", `{"token":""}`},
		{"store git.example.com", `{"token":"a b"}`}, {"store git.example.com", `{"token":"a\nX: b"}`}, {"store git.example.com", `{"token":"` + strings.Repeat("a", 1<<20) + `"}`},
	} {
		h := anHour()
		r := serve(h, c.in, nil, append([]string{"terraform-credentials-fob"}, strings.Fields(c.args)...)...)
		if r.code != 2 || r.stdout.Len() != 0 || h.did != "" || strings.Count(r.stderr.String(), "\n") != 1 {
			t.Errorf("%.60q: exit status %d, %d bytes of answer, stderr %q; want 2, none, one line", c.args, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
	for _, host := range []string{"", "git.example.com\n", "git.example.com\r", " git.example.com"} {
		if r := serve(anHour(), "", nil, "fob", "terraform", "get", host); r.code != 2 || r.stdout.Len() != 0 || r.stderr.Len() == 0 {
			t.Errorf("%q: exit status %d, %d bytes of answer; want 2 and none", host, r.code, r.stdout.Len())
		}
	}
}
