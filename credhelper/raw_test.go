package credhelper_test

import (
	"testing"
	"time"

	"github.com/fobkit/fob/credhelper"
)

func TestRaw(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*credhelper.Credential)
		code int
		err  string
	}{
		{name: "get"},
		{name: "no-expiry", edit: func(c *credhelper.Credential) { c.Expiry = time.Time{} }},
		{name: "password", edit: func(c *credhelper.Credential) { c.Form = credhelper.Password }, code: 4, err: "fob: no token for raw profile corp: a password is no bearer token: denied\n"},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(&h.cred)
		}
		r := transcript(t, "raw/"+c.name, h, "fob-raw-corp") // without arguments, as pnpm calls it
		if r.code != c.code || r.stderr.String() != c.err {
			t.Errorf("%s: exit status %d and %q, want %d and %q", c.name, r.code, r.stderr.String(), c.code, c.err)
		}
		if got := h.req; got.Protocol != "raw" || got.Profile != "corp" || got.Host != "" || got.MinTTL != time.Minute || !got.Bearer || got.Interactive {
			t.Errorf("the handler was asked %+v", got)
		}
	}
	transcript(t, "raw/get", anHour(), "fob", "raw", "get")
}

func TestRawPrintsATokenOrNothing(t *testing.T) {
	for _, c := range []struct {
		cred credhelper.Credential
		code int
	}{
		{credhelper.Credential{Secret: canary + "\n" + canary}, 1}, {credhelper.Credential{Secret: canary + "\x00"}, 1}, {credhelper.Credential{CertificateKey: canary}, 4},
		{credhelper.Credential{Secret: canary, Form: credhelper.AWSKeys}, 4}, {credhelper.Credential{}, 1},
	} {
		if r := serve(&keeper{cred: c.cred}, "", nil, "fob", "raw"); r.code != c.code || r.stdout.Len() != 0 || r.stderr.Len() == 0 {
			t.Errorf("exit status %d and %d bytes, want %d and none", r.code, r.stdout.Len(), c.code)
		}
	}
	for _, args := range [][]string{{"fob", "raw", "put"}, {"fob", "raw", "get", "https://git.example.com"}} {
		if r := serve(anHour(), "", nil, args...); r.code != 2 || r.stdout.Len() != 0 || r.stderr.String() != "fob: usage: raw [--profile NAME] [get]\n" {
			t.Errorf("%q: exit status %d and %q", args, r.code, r.stderr.String())
		}
	}
}
