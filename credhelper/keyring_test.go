package credhelper_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

func TestKeyring(t *testing.T) {
	for _, c := range []struct{ args, answer string }{
		{"get https://pkg.example.com/simple/ ann", "password"},
		{"get pkg.example.com", "password"},
		{"get pkg.example.com:443 ann --mode=creds", "creds"},
		{"--mode creds get https://pkg.example.com/simple/ ann", "creds"},
		{"--mode=creds --output=json get https://pkg.example.com/simple/", "creds-json"}, // pip
		{"get https://pkg.example.com/simple/ --mode creds", "creds-anyone"},             // uv
		{"get --output json pkg.example.com ann", "password-json"},
		{"--mode password --output plain get pkg.example.com", "password"},
	} {
		h := anHour()
		r := serve(h, "", nil, append([]string{"keyring"}, fields(c.args)...)...)
		compare(t, c.args, r.stdout.String(), readFile(t, "keyring/"+c.answer+".out"))
		if r.code != 0 || r.stderr.Len() != 0 || h.req.Origin() != "https://pkg.example.com" || h.req.Protocol != "keyring" {
			t.Errorf("%s: exit status %d, %q, asked for %s", c.args, r.code, r.stderr.String(), h.req.Origin())
		}
	}
}

// TestKeyringPassesOnWhatItDoesNotKnow is where the next keyring comes in: with the words as they came, and nothing written.
func TestKeyringPassesOnWhatItDoesNotKnow(t *testing.T) {
	for _, args := range []string{
		"", "get", "get system ann extra", "set https://pkg.example.com ann", "del https://pkg.example.com ann", "--list-backends", "diagnose", "--disable", "-b keyring.backends.null.Keyring get pkg.example.com ann",
		"--mode", "--mode= get pkg.example.com", "--output=xml get pkg.example.com", "--outp=json get pkg.example.com", "get other.example ann", "get https://other.example/simple/ ann",
		"get http://pkg.example.com/ ann", "get https://ann@pkg.example.com/ ann", "get ftp://pkg.example.com ann", "get pkg.exämple.com ann", "get https://pkg.example.com/?x ann", "get https://pkg.example.com/../x ann",
		"get " + strings.Repeat("a", 300) + ".example ann", "get pkg.example.com\x00 ann", "get -- pkg.example.com",
	} {
		if code, next, out := passedOn(t, anHour(), args); code != 1 || !slices.Equal(next, fields(args)) || out != 0 {
			t.Errorf("%q: exit status %d, next %q, %d bytes written; want 1, the same, none", args, code, next, out)
		}
	}
	for _, service := range []string{"a b", "pkg.example.com\n", "pkg.example.com\r"} {
		_, err := credhelper.Serve(t.Context(), anHour(), credhelper.Call{Args: []string{"keyring", "get", service}, Stdout: io.Discard, Stderr: io.Discard})
		if !errors.Is(err, credhelper.ErrHandOver) {
			t.Errorf("%q: error %v, want it handed over", service, err)
		}
	}
}

func passedOn(t *testing.T, h credhelper.Handler, args string) (code int, next []string, written int) {
	t.Helper()
	r := serve(h, "", nil, append([]string{"fob", "keyring", "--profile", "corp"}, fields(args)...)...)
	rest := new(credhelper.HandOver)
	if !errors.As(r.err, &rest) || rest.Next == nil {
		t.Fatalf("%q: error %v, want it handed over to the next", args, r.err)
	}
	return r.code, rest.Next, r.stdout.Len() + r.stderr.Len()
}

func TestKeyringFails(t *testing.T) {
	r := serve(&keeper{err: fob.ErrLoginRequired}, "", nil, "keyring", "get", "pkg.example.com", "ann")
	if r.code != 3 || r.stdout.Len() != 0 || r.stderr.String() != "fob: no token for pkg.example.com: login required\n" || r.err != nil {
		t.Errorf("exit status %d, %d bytes, %q, error %v", r.code, r.stdout.Len(), r.stderr.String(), r.err)
	}
	h := anHour()
	h.cred.Secret = "fob-canary-7f3a9c\nand more"
	if r := serve(h, "", nil, "keyring", "get", "pkg.example.com"); r.code == 0 || r.stdout.Len() != 0 {
		t.Errorf("a password with a line break: exit status %d and %d bytes, want a failure and none", r.code, r.stdout.Len())
	}
}
