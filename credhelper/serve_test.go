package credhelper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

const canary = "gho_fob-canary-7f3a9c"

var expiry = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// keeper is a Handler that remembers what it was asked, and knows a few hosts.
type keeper struct {
	cred    credhelper.Credential
	err     error
	entries []credhelper.Entry

	did  string
	req  credhelper.Request
	used credhelper.Credential
}

// anHour is a keeper of a token that lives an hour.
func anHour() *keeper {
	return &keeper{cred: credhelper.Credential{Secret: canary, Issued: expiry.Add(-time.Hour), Expiry: expiry}}
}

func (k *keeper) Credential(_ context.Context, req credhelper.Request) (credhelper.Credential, error) {
	k.did, k.req = "get", req
	if req.Host == "other.example" {
		return credhelper.Credential{}, fmt.Errorf("no profile: %w", credhelper.ErrNotFound)
	}
	return k.cred, k.err
}

func (k *keeper) Store(_ context.Context, req credhelper.Request, c credhelper.Credential) error {
	k.did, k.req, k.used = "store", req, c
	return k.err
}

func (k *keeper) Erase(_ context.Context, req credhelper.Request, c credhelper.Credential) error {
	k.did, k.req, k.used = "erase", req, c
	return k.err
}

func (k *keeper) List(context.Context) ([]credhelper.Entry, error) { return k.entries, k.err }

// run is one Call and what came of it.
type run struct {
	code           int
	err            error
	stdout, stderr bytes.Buffer
}

func serve(h credhelper.Handler, stdin string, env map[string]string, args ...string) *run {
	r := new(run)
	r.code, r.err = credhelper.Serve(context.Background(), h, credhelper.Call{
		Args: args, Getenv: func(name string) string { return env[name] }, Stdin: strings.NewReader(stdin), Stdout: &r.stdout, Stderr: &r.stderr, Version: "v1.2.3",
	})
	return r
}

// variables are those of the protocols whose request is in the environment.
var variables = map[string]string{"kubernetes": "KUBERNETES_EXEC_INFO", "headers": "CLAUDE_CODE_MCP_SERVER_URL"}

// transcript serves testdata/NAME.in and holds stdout against NAME.out.
func transcript(t *testing.T, name string, h credhelper.Handler, args ...string) *run {
	t.Helper()
	var env map[string]string
	stdin := readFile(t, name+".in")
	protocol, _, _ := strings.Cut(name, "/")
	if variable := variables[protocol]; variable != "" {
		env, stdin = map[string]string{variable: stdin}, ""
	}
	r := serve(h, stdin, env, args...)
	if r.err != nil {
		t.Errorf("%s: error %v, want none", name, r.err)
	}
	compare(t, name, r.stdout.String(), readFile(t, name+".out"))
	return r
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// compare says where two texts part, not how they read: they hold secrets.
func compare(t testing.TB, name, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	t.Errorf("%s: stdout of %d bytes differs from the %d wanted at byte %d", name, len(got), len(want), at)
}

func TestErrorsAreRenderedAsEachToolReadsThem(t *testing.T) {
	outcome := func(o fob.Outcome) error { return minting(o) }
	for _, c := range []struct {
		err               error
		git, docker, kube int
		silent            bool // for git
	}{
		{credhelper.ErrNotFound, 0, 1, 1, true},
		{fob.ErrLoginRequired, 3, 3, 3, false},
		{credhelper.ErrDenied, 4, 4, 4, false},
		{credhelper.ErrUnreachable, 69, 69, 69, false},
		{credhelper.ErrTryLater, 75, 75, 75, false},
		{credhelper.ErrPermission, 77, 77, 77, false},
		{outcome(fob.Transient), 75, 75, 75, false},
		{outcome(fob.InDoubt), 75, 75, 75, false},
		{outcome(fob.Terminal), 4, 4, 4, false},
		{outcome(fob.Local), 1, 1, 1, false},
		{errors.New("anything\x1b[31m\n\u202eelse"), 1, 1, 1, false},
	} {
		h := &keeper{err: fmt.Errorf("corp: %w", c.err)}
		git := serve(h, readFile(t, "git/git-2.39.in"), nil, "fob", "git", "get")
		docker := serve(h, "git.example.com", nil, "fob", "docker", "get")
		kube := serve(h, "", nil, "fob", "kubernetes")
		if git.code != c.git || docker.code != c.docker || kube.code != c.kube {
			t.Errorf("%v: exit status %d, %d, %d; want %d, %d, %d", c.err, git.code, docker.code, kube.code, c.git, c.docker, c.kube)
		}
		if git.stdout.Len()+kube.stdout.Len()+docker.stderr.Len() != 0 {
			t.Errorf("%v: something on git's or kubernetes' stdout, or on docker's stderr", c.err)
		}
		for _, line := range []string{git.stderr.String(), docker.stdout.String(), kube.stderr.String()} {
			if strings.Count(line, "\n") != 1 && !(c.silent && line == "") || strings.ContainsAny(line, "\x1b\u202e") {
				t.Errorf("%v: told as %q, want one clean line", c.err, line)
			}
		}
		if (git.stderr.Len() == 0) != c.silent {
			t.Errorf("%v: git's stderr %q, want silence: %v", c.err, git.stderr.String(), c.silent)
		}
	}
}

// minting is an error that says no more than what it means for the next caller.
type minting fob.Outcome

func (m minting) Error() string        { return "mint" }
func (m minting) Outcome() fob.Outcome { return fob.Outcome(m) }

func TestErrorsName(t *testing.T) {
	h := &keeper{err: fob.ErrLoginRequired}
	for _, c := range []struct{ stdin, want string }{
		{"protocol=https\nhost=git.example.com\n", "fob: no token for git.example.com: login required\n"},
		{"protocol=https\nhost=git.example.com:8443\npath=a b/\x1b\n", "fob: no token for git.example.com:8443/a%20b/%1B: login required\n"},
		{"protocol=http\nhost=[::1]:3000\n", "fob: no token for http://[::1]:3000: login required\n"},
		{"protocol=https\nhost=git.example.com\npath=100%25\n", "fob: no token for git.example.com/100%2525: login required\n"},
	} {
		if got := serve(h, c.stdin, nil, "git-credential-fob", "get").stderr.String(); got != c.want {
			t.Errorf("stderr %q, want %q", got, c.want)
		}
	}
	const asSent = "fob: no token for git.example.com/a%20b: login required\n"
	if got := serve(h, "", nil, "fob", "goauth", "https://git.example.com/a%20b").stderr.String(); got != asSent {
		t.Errorf("stderr %q, want %q", got, asSent)
	}
}

func TestHandedOverRequestIsUntouched(t *testing.T) {
	h := &keeper{err: fmt.Errorf("miss: %w", credhelper.ErrHandOver), cred: credhelper.Credential{Secret: canary}}
	const block, server, token = "protocol=https\nhost=git.example.com\nusername=u\npassword=p\n\nrest", "git.example.com", `{"token":"t"}`
	for args, stdin := range map[string]string{
		"git get": block, "git store": block, "git erase": block, "docker get": server, "docker erase": server, "docker list": server, "kubernetes": "rest",
		"goauth https://git.example.com/mod": "HTTP/1.1 401 Unauthorized\n\nrest", "bazel get": `{"uri":"https://git.example.com"}`, "raw": "rest", "headers": "rest",
		"terraform get git.example.com": "rest", "terraform store git.example.com": token, "terraform forget git.example.com": "rest",
	} {
		var stdout, stderr bytes.Buffer
		in := strings.NewReader(stdin)
		_, err := credhelper.Serve(t.Context(), h, credhelper.Call{Args: append([]string{"fob-helper"}, strings.Fields(args)...), Stdin: in, Stdout: &stdout, Stderr: &stderr})
		var rest *credhelper.HandOver
		if !errors.As(err, &rest) || stdout.Len()+stderr.Len() != 0 {
			t.Fatalf("%s: error %v with %d bytes written, want a *HandOver and none", args, err, stdout.Len()+stderr.Len())
		}
		if got := strings.Join(rest.Args, " "); got != "fob "+args {
			t.Errorf("%s: the next program is called %q", args, got)
		}
		if unread, _ := io.ReadAll(in); string(rest.Read)+string(unread) != stdin {
			t.Errorf("%s: the next program would read %q, want %q", args, string(rest.Read)+string(unread), stdin)
		}
	}
}

func TestRequestOverTheLimitIsHandedOver(t *testing.T) {
	long := "protocol=https\nhost=git.example.com\n" + strings.Repeat("x=y\n", 20_000)
	for _, c := range []struct {
		limit int
		want  error
	}{{64 << 10, credhelper.ErrHandOver}, {0, nil}} {
		h := anHour()
		_, err := credhelper.Serve(t.Context(), h, credhelper.Call{
			Args: []string{"fob", "git", "get"}, Stdin: strings.NewReader(long), Stdout: io.Discard, Stderr: io.Discard, Limit: c.limit,
		})
		if !errors.Is(err, c.want) {
			t.Errorf("limit %d: error %v, want %v", c.limit, err, c.want)
		}
	}
	if r := serve(anHour(), strings.Repeat(long, 20), nil, "fob", "git", "get"); r.code != 2 || r.stdout.Len() != 0 {
		t.Errorf("1.6 MB: exit status %d and %d bytes, want 2 and none", r.code, r.stdout.Len())
	}
}

// TestRequestThatIsWholeHasNoRest: a helper can become the next program, as whose parent that sees the tool, though the tool has not closed stdin.
func TestRequestThatIsWholeHasNoRest(t *testing.T) {
	h := &keeper{err: credhelper.ErrHandOver}
	for args, stdin := range map[string]string{"git get": "protocol=https\nhost=a.example\n\n", "goauth https://a.example": "HTTP/1.1 401 Unauthorized\n\n"} {
		r, w := io.Pipe()
		go io.WriteString(w, stdin)
		_, err := credhelper.Serve(t.Context(), h, credhelper.Call{Args: append([]string{"fob"}, strings.Fields(args)...), Stdin: r, Stdout: io.Discard, Stderr: io.Discard})
		var rest *credhelper.HandOver
		if !errors.As(err, &rest) || !rest.End || string(rest.Read) != stdin {
			t.Errorf("%s: %+v, want a HandOver of all there is", args, err)
		}
	}
}

// once counts Writes.
type once struct{ writes int }

func (o *once) Write(p []byte) (int, error) {
	o.writes++
	return 0, errors.New("gone")
}

func TestAnswerIsOneWrite(t *testing.T) {
	for args, stdin := range map[string]string{
		"git get": "protocol=https\nhost=a.example\n", "docker get": "a.example", "docker list": "", "kubernetes": "",
		"goauth https://a.example": "", "bazel get": `{"uri":"https://a.example"}`, "terraform get a.example": "", "raw": "", "headers": "",
		"kubelet": imageRequest("a.example/app"), "google": "", "keyring get a.example --mode creds": "", "vault get": "",
	} {
		out := new(once)
		code, err := credhelper.Serve(t.Context(), anHour(), credhelper.Call{
			Args: append([]string{"fob"}, strings.Fields(args)...), Stdin: strings.NewReader(stdin), Stdout: out, Stderr: io.Discard,
		})
		if out.writes != 1 || code != 1 || err != nil {
			t.Errorf("%s: %d writes, exit status %d, error %v after a failed write; want 1, 1, none", args, out.writes, code, err)
		}
	}
}

func TestWhatIsGoneAlreadyIsErased(t *testing.T) {
	for args, c := range map[string]struct{ in, out string }{
		"git erase":             {readFile(t, "git/erase-basic.in"), ""},
		"docker erase":          {readFile(t, "docker/erase.in"), ""},
		"terraform forget host": {"", ""},
		"vault erase":           {"", ""},
		"google":                {"", `{"version":1,"success":true}` + "\n"},
		"cargo --cargo-plugin":  {readFile(t, "cargo/logout-unknown.in"), readFile(t, "cargo/logout-unknown.out")}, // which cargo takes for success too
	} {
		h := &keeper{err: credhelper.ErrNotFound}
		r := serve(h, c.in, map[string]string{"GOOGLE_EXTERNAL_ACCOUNT_REVOKE": "1"}, append([]string{"fob"}, strings.Fields(args)...)...)
		if r.code != 0 || r.stderr.Len() != 0 || h.did != "erase" {
			t.Errorf("%s: exit status %d and %q, the handler was told %q; want 0, silence, erase", args, r.code, r.stderr.String(), h.did)
		}
		compare(t, args, r.stdout.String(), c.out)
	}
}

func TestHandlerMayBeNothingButAHandler(t *testing.T) {
	h := struct{ credhelper.Handler }{anHour()}
	for _, c := range []struct {
		args, in string
		code     int
		out      string
	}{
		{"git store", "git/store-basic.in", 0, ""},
		{"git erase", "git/erase-basic.in", 0, ""},
		{"docker erase", "docker/erase.in", 0, ""},
		{"docker list", "docker/list.in", 0, "{}\n"},
		{"docker store", "docker/store.in", 1, "fob: not stored for registry.example.com: not supported\n"},
	} {
		r := serve(h, readFile(t, c.in), nil, append([]string{"fob"}, strings.Fields(c.args)...)...)
		if r.code != c.code || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want %d and silence", c.args, r.code, r.stderr.String(), c.code)
		}
		compare(t, c.args, r.stdout.String(), c.out)
	}
}
