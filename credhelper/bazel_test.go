package credhelper_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestBazel(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*keeper)
		code int
		err  string
	}{
		{name: "get"}, {name: "grpc"}, {name: "not-found"}, {name: "http"}, {name: "grpc-plain"},
		{name: "no-expiry", edit: func(k *keeper) { k.cred.Expiry = time.Time{} }},
		{name: "password", edit: func(k *keeper) { k.cred.Username, k.cred.Form = "alice", credhelper.Password }},
		{name: "login", edit: func(k *keeper) { k.err = fob.ErrLoginRequired }, code: 3, err: "fob: no token for git.example.com/archive.tar.gz: login required\n"},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(h)
		}
		if r := transcript(t, "bazel/"+c.name, h, "fob-bazel", "get"); r.code != c.code || r.stderr.String() != c.err {
			t.Errorf("%s: exit status %d and %q, want %d and %q", c.name, r.code, r.stderr.String(), c.code, c.err)
		}
	}
}

// waiting is a Handler that answers when nobody waits any longer.
type waiting struct{ patience time.Duration }

func (w *waiting) Credential(ctx context.Context, _ credhelper.Request) (credhelper.Credential, error) {
	if end, ok := ctx.Deadline(); ok {
		w.patience = time.Until(end)
	}
	return credhelper.Credential{}, credhelper.ErrTryLater
}

func TestBazelRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	transcript(t, "bazel/get", h, "fob-bazel-corp.exe", "get")
	got := h.req
	if got.Protocol != "bazel" || got.Profile != "corp" || got.Origin() != "https://git.example.com" || got.Path != "archive.tar.gz" || got.MinTTL != 5*time.Minute || !got.Bearer || got.Interactive {
		t.Errorf("the handler was asked %+v", got)
	}
	w := new(waiting)
	if serve(w, readFile(t, "bazel/get.in"), nil, "fob", "bazel", "get"); w.patience <= 0 || w.patience > 8*time.Second {
		t.Errorf("the handler has %v, want 8 s: Bazel waits for ten", w.patience)
	}
}

func TestBazelRefusesRequestsOutOfForm(t *testing.T) {
	for _, in := range []string{
		"", "{", "[]", "{}", `{"uri":1}`, `{"uri":"https://"}`, `{"uri":"https://me@git.example.com/"}`, `{"uri":"https://gıt.example.com/"}`, `{"uri":"https://git.example.com/\n"}`,
		`{"uri":"https://git.example.com/\r"}`, `{"uri":"https://git.example.com/\u0000"}`, `{"uri":"https://git.example.com/?a\nb"}`, `{"uri":"https://git.example.com/a/../b"}`, `{"uri":"https://git.example.com/#x"}`,
		`{"uri":"https://git.example.com:0/"}`, `{"uri":"https://git.example.com/` + strings.Repeat("é", 8<<10) + `"}`, `{"uri":"` + strings.Repeat(" ", 1<<20) + `"}`,
	} {
		h := anHour()
		r := serve(h, in, nil, "fob-bazel", "get")
		if r.code != 2 || r.stdout.Len() != 0 || strings.Count(r.stderr.String(), "\n") != 1 || h.did != "" {
			t.Errorf("%.60q: exit status %d, %d bytes of answer, stderr %.200q; want 2, none, one line", in, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
	if r := serve(anHour(), "", nil, "fob", "bazel"); r.code != 2 || r.stderr.String() != "fob: usage: bazel [--profile NAME] get\n" {
		t.Errorf("without a verb: exit status %d and %q", r.code, r.stderr.String())
	}
}

// Bazel reads a helper's pipes when it has ended.
func TestBazelIsToldLessThanAPipeHolds(t *testing.T) {
	h := &keeper{err: fob.ErrLoginRequired}
	if r := serve(h, `{"uri":"https://git.example.com/`+strings.Repeat("é", 4000)+`"}`, nil, "fob", "bazel", "get"); r.stdout.Len() != 0 || r.stderr.Len() > 32<<10 || r.code != 3 {
		t.Errorf("exit status %d, %d bytes and %d of stderr; want 3, none and less than 32 KiB", r.code, r.stdout.Len(), r.stderr.Len())
	}
}
