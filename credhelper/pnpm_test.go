package credhelper_test

import (
	"testing"
	"time"

	"github.com/fobkit/fob/credhelper"
)

// Without arguments, as pnpm calls it: it takes a path alone.
func TestPnpm(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*credhelper.Credential)
	}{
		{name: "get", edit: func(*credhelper.Credential) {}},
		{name: "password", edit: func(c *credhelper.Credential) { c.Form, c.Username = credhelper.Password, "alice" }},
	} {
		h := anHour()
		c.edit(&h.cred)
		if r := transcript(t, "pnpm/"+c.name, h, "fob-pnpm-corp"); r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want 0 and silence", c.name, r.code, r.stderr.String())
		}
		if got := h.req; got.Protocol != "raw" || got.Profile != "corp" || got.Host != "" || got.MinTTL != time.Minute || !got.Bearer || got.Interactive {
			t.Errorf("the handler was asked %+v", got)
		}
	}
	if r := serve(anHour(), "", nil, "fob", "pnpm", "put"); r.code != 2 || r.stdout.Len() != 0 || r.stderr.String() != "fob: usage: pnpm [--profile NAME] [get]\n" {
		t.Errorf("put: exit status %d, %d bytes, %q; want 2, none and the usage", r.code, r.stdout.Len(), r.stderr.String())
	}
}
