package credhelper_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/credhelper"
)

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*credhelper.Credential)
		code int
		err  string
	}{
		{name: "url"}, {name: "loopback"}, {name: "no-url"},
		{name: "password", edit: func(c *credhelper.Credential) { c.Username, c.Form = "alice", credhelper.Password }},
		{name: "not-found", code: 1, err: "fob: no token for other.example/mcp: no profile: not found\n"},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(&h.cred)
		}
		if r := transcript(t, "headers/"+c.name, h, "fob-headers"); r.code != c.code || r.stderr.String() != c.err {
			t.Errorf("%s: exit status %d and %q, want %d and %q", c.name, r.code, r.stderr.String(), c.code, c.err)
		}
	}
}

func TestHeadersRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	transcript(t, "headers/url", h, "fob-headers-corp")
	got := h.req
	if got.Protocol != "headers" || got.Profile != "corp" || got.Origin() != "https://git.example.com" || got.Path != "mcp" || got.MinTTL != time.Minute || !got.Bearer || got.Interactive {
		t.Errorf("the handler was asked %+v", got)
	}
	transcript(t, "headers/no-url", h, "fob", "headers", "get")
	if got := h.req; got.Protocol != "raw" || got.Host != "" || got.Profile != "" {
		t.Errorf("of no server the handler was asked %+v, want what raw asks", got)
	}
	w := new(waiting)
	if serve(w, "", nil, "fob", "headers"); w.patience <= 0 || w.patience > 8*time.Second {
		t.Errorf("the handler has %v, want 8 s: Claude Code waits for ten", w.patience)
	}
}

func TestHeadersRefusesRequestsOutOfForm(t *testing.T) {
	for _, url := range []string{
		"https://", "git.example.com", "http://git.example.com/mcp", "stdio:", "https://me@git.example.com/", "https://gıt.example.com/", "https://git.example.com/\n", "https://git.example.com/\r",
		"https://git.example.com/\x00", "https://git.example.com/#x", "https://git.example.com/a/../b", "https://git.example.com/" + strings.Repeat("a", 8<<10),
	} {
		h := anHour()
		r := serve(h, "", map[string]string{"CLAUDE_CODE_MCP_SERVER_URL": url}, "fob-headers")
		if r.code != 2 || r.stdout.Len() != 0 || strings.Count(r.stderr.String(), "\n") != 1 || h.did != "" {
			t.Errorf("%.60q: exit status %d, %d bytes of answer, stderr %q; want 2, none, one line", url, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
	if r := serve(anHour(), "", nil, "fob", "headers", "put"); r.code != 2 || r.stderr.String() != "fob: usage: headers [--profile NAME] [get]\n" {
		t.Errorf("put: exit status %d and %q", r.code, r.stderr.String())
	}
}
