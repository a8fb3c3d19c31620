package credhelper_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestCargo(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*keeper)
		err  string // for who reads along: Cargo shows nothing of this kind
	}{
		{name: "read"}, {name: "operations"}, {name: "git-index"}, {name: "other-host"}, {name: "other-scheme"}, {name: "login"}, {name: "logout"}, {name: "version"}, {name: "no-request"},
		{name: "login-prompt", err: "fob: not stored for git.example.com/index/: no token given: cargo login reads one from a pipe\n"},
		{name: "unknown-kind", err: "fob: no answer for git.example.com/index/: not supported\n"},
		{name: "no-expiry", edit: func(k *keeper) { k.cred.Expiry = time.Time{} }},
		{name: "stored", edit: func(k *keeper) { k.cred = credhelper.Credential{Secret: "Token " + canary, Form: credhelper.Password} }},
		{name: "login-required", edit: func(k *keeper) { k.err = fob.ErrLoginRequired }},
		{name: "logout-unknown", edit: func(k *keeper) { k.err = credhelper.ErrNotFound }},
	} {
		h := anHour()
		if c.edit != nil {
			c.edit(h)
		}
		if r := transcript(t, "cargo/"+c.name, h, "cargo-credential-fob", "--cargo-plugin"); r.code != 0 || r.stderr.String() != c.err {
			t.Errorf("%s: exit status %d and %q, want 0 and %q", c.name, r.code, r.stderr.String(), c.err)
		}
	}
}

func TestCargoRequestReachesTheHandler(t *testing.T) {
	h := anHour()
	transcript(t, "cargo/read", h, "fob", "cargo", "--cargo-plugin")
	got := h.req
	if got.Protocol != "cargo" || got.Profile != "corp" || got.Origin() != "https://git.example.com" || got.Path != "index/" || got.Server != "sparse+https://git.example.com/index/" ||
		got.MinTTL != time.Minute || !got.Bearer || got.Interactive || strings.Join(got.Challenges, "|") != `Cargo login_url="https://git.example.com/me"` {
		t.Errorf("the handler was asked %+v", got)
	}
}

func TestCargoLoginAndLogoutTellTheHandler(t *testing.T) {
	for _, did := range []string{"store", "erase"} {
		h := new(keeper)
		name := map[string]string{"store": "login", "erase": "logout"}[did]
		transcript(t, "cargo/"+name, h, "cargo-credential-fob", "--cargo-plugin")
		if h.did != did || h.req.Server != "sparse+https://git.example.com/index/" || did == "store" && (h.used.Secret != canary || h.used.Form != credhelper.Password) || did == "erase" && h.used.Secret != "" {
			t.Errorf("%s: the handler was told %s of %+v for %s", name, h.did, h.used, h.req)
		}
	}
}

func TestCargoLoginTakesNothingThatCargoCouldNotSend(t *testing.T) {
	h := new(keeper)
	r := serve(h, strings.Replace(readFile(t, "cargo/login.in"), canary, canary+`\nX: y`, 1), nil, "fob", "cargo", "--cargo-plugin")
	if h.did != "" || !strings.Contains(r.stdout.String(), "fob: not stored for git.example.com/index/: a token that a header cannot carry") {
		t.Errorf("the handler was told %q, and Cargo %d bytes", h.did, r.stdout.Len())
	}
}

func TestCargoGetsAnAnswerToEachRequestBeforeItAsksTheNext(t *testing.T) {
	in, out := io.Pipe()
	back, stdout := io.Pipe()
	go func() {
		defer stdout.Close()
		credhelper.Serve(t.Context(), anHour(), credhelper.Call{Args: []string{"cargo-credential-fob", "--cargo-plugin"}, Stdin: in, Stdout: stdout, Stderr: io.Discard})
	}()
	read := func() string {
		line := make([]byte, 1024)
		n, _ := back.Read(line) // a Write is a Read
		return string(line[:n])
	}
	if got := read(); got != "{\"v\":[1]}\n" {
		t.Errorf("the greeting is %q", got)
	}
	for range 3 {
		io.WriteString(out, readFile(t, "cargo/read.in"))
		if got := read(); !strings.HasPrefix(got, `{"Ok":`) || strings.Count(got, "\n") != 1 {
			t.Errorf("an answer of %d bytes, want one line", len(got))
		}
	}
	out.Close()
	if got := read(); got != "" {
		t.Errorf("%d bytes after the last request", len(got))
	}
}

// What has been greeted must not be greeted again.
func TestCargoSessionGoesOnInAnotherProgram(t *testing.T) {
	first, second := readFile(t, "cargo/read.in"), readFile(t, "cargo/no-expiry.in")
	var out bytes.Buffer
	in := iotest.OneByteReader(strings.NewReader(second + first + second))
	h := &handsOver{keeper: anHour(), profile: "corp"}
	_, err := credhelper.Serve(t.Context(), h, credhelper.Call{Args: []string{"fob-helper", "cargo", "--cargo-plugin"}, Stdin: in, Stdout: &out, Stderr: io.Discard})
	var rest *credhelper.HandOver
	if !errors.As(err, &rest) {
		t.Fatalf("error %v, want a *HandOver", err)
	}
	if _, err := credhelper.Serve(t.Context(), anHour(), credhelper.Call{Args: rest.Args, Stdin: io.MultiReader(bytes.NewReader(rest.Read), in), Stdout: &out, Stderr: io.Discard}); err != nil {
		t.Error(err)
	}
	answer := strings.TrimPrefix(readFile(t, "cargo/read.out"), "{\"v\":[1]}\n")
	compare(t, "the whole session", out.String(), "{\"v\":[1]}\n"+answer+answer+answer)
}

// handsOver is a keeper that has no answer for one profile.
type handsOver struct {
	*keeper
	profile string
}

func (h *handsOver) Credential(_ context.Context, req credhelper.Request) (credhelper.Credential, error) {
	if req.Profile == h.profile {
		return credhelper.Credential{}, credhelper.ErrHandOver
	}
	return h.cred, nil
}

func TestCargoRefusesRequestsOutOfForm(t *testing.T) {
	index := func(url string) string {
		return `{"v":1,"registry":{"index-url":"` + url + `"},"kind":"get","operation":"read"}` + "\n"
	}
	for _, in := range []string{
		"\n", "{\n", "null\n", `{"v":1,"kind":"get"}` + "\n", `{"v":"1"}` + "\n", index(""), index("sparse+https://"), index(`sparse+https://git.example.com/\n`), index(`sparse+https://git.example.com/\r`),
		index(`sparse+https://git.example.com/\u0000`), index("sparse+https://me@git.example.com/"), index("sparse+https://gıt.example.com/"), index("sparse+https://git.example.com/?x"),
		index("sparse+https://git.example.com/#x"), index("sparse+https://git.example.com/a/../b"), index("sparse+https://" + strings.Repeat("a.", 127) + "aa/"),
		strings.Replace(index("sparse+https://git.example.com/"), `"kind"`, `"args":["--profil","x"],"kind"`, 1), strings.Replace(index("sparse+https://git.example.com/"), `"kind"`, `"args":["--profile"],"kind"`, 1),
	} {
		h := anHour()
		r := serve(h, in, nil, "cargo-credential-fob", "--cargo-plugin")
		rest, greeted := strings.CutPrefix(r.stdout.String(), "{\"v\":[1]}\n")
		if r.code != 0 || r.stderr.Len() != 0 || h.did != "" || !greeted || !strings.HasPrefix(rest, `{"Err":{"kind":"other","message":"fob: `) || strings.Count(rest, "\n") != 1 {
			t.Errorf("%.80q: exit status %d, told %q, stderr %q; want 0 and one Err", in, r.code, rest, r.stderr.String())
		}
	}
	if r := serve(anHour(), strings.Repeat("a", 2<<20), nil, "cargo-credential-fob", "--cargo-plugin"); r.code != 0 || !strings.Contains(r.stdout.String(), "over 1 MiB") || strings.Contains(r.stdout.String(), "Ok") {
		t.Errorf("2 MiB: exit status %d, %d bytes", r.code, r.stdout.Len())
	}
	for _, args := range []string{"cargo", "cargo get", "cargo --cargo-plugin x"} {
		if r := serve(anHour(), readFile(t, "cargo/read.in"), nil, append([]string{"fob"}, strings.Fields(args)...)...); r.code != 2 || r.stdout.Len() != 0 || r.stderr.String() != "fob: usage: cargo [--profile NAME] --cargo-plugin\n" {
			t.Errorf("%s: exit status %d, %d bytes and %q", args, r.code, r.stdout.Len(), r.stderr.String())
		}
	}
}

func TestCargoSessionEndsWhenNothingCanBeReadOrWritten(t *testing.T) {
	call := credhelper.Call{Args: []string{"cargo-credential-fob", "--cargo-plugin"}, Stdin: iotest.ErrReader(errors.New("gone")), Stdout: io.Discard, Stderr: io.Discard}
	if code, err := credhelper.Serve(t.Context(), anHour(), call); code != 0 || err != nil {
		t.Errorf("stdin gone: exit status %d, error %v", code, err)
	}
	long := serve(anHour(), strings.Repeat("x", 2<<20)+"\n"+readFile(t, "cargo/read.in"), nil, "fob", "cargo", "--cargo-plugin")
	if long.code != 0 || strings.Count(long.stdout.String(), "\n") != 2 || strings.Contains(long.stdout.String(), "canary") {
		t.Errorf("a line over the limit: exit status %d and %d lines, want a greeting and a refusal", long.code, strings.Count(long.stdout.String(), "\n"))
	}
	call.Stdin, call.Stdout = strings.NewReader(strings.Repeat(readFile(t, "cargo/read.in"), 2)), new(once)
	if code, err := credhelper.Serve(t.Context(), anHour(), call); code != 1 || err != nil {
		t.Errorf("stdout gone: exit status %d, error %v; want 1", code, err)
	}
}

func TestCargoTokenThatAHeaderCannotCarryIsRefused(t *testing.T) {
	for _, cred := range []credhelper.Credential{
		{Secret: canary + "\n"}, {Secret: canary + " x"}, {Secret: canary + "\xff"}, {Secret: "Token " + canary + "\n", Form: credhelper.Password},
	} {
		r := serve(&keeper{cred: cred}, readFile(t, "cargo/read.in"), nil, "fob", "cargo", "--cargo-plugin")
		if r.code != 0 || strings.Contains(r.stdout.String(), "canary") || !strings.Contains(r.stdout.String(), `"other"`) {
			t.Errorf("exit status %d and %d bytes, want an Err", r.code, r.stdout.Len())
		}
	}
}
