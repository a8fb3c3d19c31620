package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

// TestMain is also the command that the tests of { command = … } run.
func TestMain(m *testing.M) {
	if verb := os.Getenv("SECRET_COMMAND"); verb != "" {
		os.Exit(secretCommand(verb))
	}
	os.Exit(m.Run())
}

func secretCommand(verb string) int {
	switch verb {
	case "print":
		fmt.Print(strings.Join(os.Args[1:], " ") + "\n")
	case "blank":
		fmt.Print("\n")
	case "flood":
		fmt.Print(strings.Repeat("x", maxSecret+1))
	case "fail":
		fmt.Print(canary)
		fmt.Fprint(os.Stderr, canary)
		return 3
	case "hang":
		<-time.After(time.Hour)
	case "look":
		dir, err := os.Getwd()
		n, _ := os.Stdin.Read(make([]byte, 1))
		fmt.Print(dir, " ", err, " ", n, " ", os.Getenv("FOB_CLIENT_SECRET"), os.Getenv("FOB_TOKEN"), " ", os.Getenv("OTHER"))
	}
	return 0
}

// ref is a reference in profile acme, bound to that environment.
func ref(r SecretRef, keyring Keyring, env ...string) SecretRef {
	r.owner = &owner{"acme", "client_secret", newEnviron(env), keyring}
	return r
}

// self is a reference to this test binary.
func self(t *testing.T, verb string, args ...string) SecretRef {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return ref(SecretRef{Command: append([]string{exe}, args...)}, nil, "SECRET_COMMAND="+verb, "GORACE=atexit_sleep_ms=0", "OTHER=seen", "FOB_CLIENT_SECRET=kept", "FOB_TOKEN=kept")
}

type keyring map[string]fob.Secret

func (k keyring) Secret(_ context.Context, name string) (fob.Secret, error) {
	if s, ok := k[name]; ok {
		return s, nil
	}
	return "", errors.New("nothing under that name; the attempt said " + canary)
}

func TestSecretsAreFetchedFromWhereTheyAre(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	onPath := ref(SecretRef{Command: []string{filepath.Base(exe), canary}}, nil, "SECRET_COMMAND=print", "GORACE=atexit_sleep_ms=0",
		"PATH="+strings.Join([]string{".", "", filepath.Dir(exe)}, string(filepath.ListSeparator)))
	for name, r := range map[string]SecretRef{
		"plain":                       {Plain: canary},
		"environment variable":        ref(SecretRef{Env: "C1"}, nil, "C1="+canary),
		"file":                        ref(SecretRef{File: file("a", canary)}, nil),
		"file with a newline":         ref(SecretRef{File: file("b", canary+"\n")}, nil),
		"file with a Windows newline": ref(SecretRef{File: file("c", canary+"\r\n")}, nil),
		"command":                     self(t, "print", canary),
		"command on PATH":             onPath,
		"keyring":                     ref(SecretRef{Keyring: "c1"}, keyring{"c1": canary}),
	} {
		if s, err := r.Secret(t.Context()); s != canary || err != nil {
			t.Errorf("%s: got another secret, %v", name, err)
		}
	}
	if s, err := ref(SecretRef{File: file("d", canary+"\n\n")}, nil).Secret(t.Context()); s != canary+"\n" || err != nil {
		t.Errorf("two newlines: want one cut, got error %v", err)
	}
	if s, err := (SecretRef{}).Secret(t.Context()); s != "" || err != nil {
		t.Errorf("nothing written: want nothing, got error %v", err)
	}
}

func TestSecretErrorsNameTheCauseAlone(t *testing.T) {
	dir := t.TempDir()
	empty, big := filepath.Join(dir, "empty"), filepath.Join(dir, "big")
	if err := errors.Join(os.WriteFile(empty, []byte("\n"), 0o600), os.WriteFile(big, make([]byte, maxSecret+1), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		ref  SecretRef
		want string // behind "profile acme: client_secret: "
	}{
		{ref(SecretRef{Env: "C1_CLIENT_SECRET"}, nil), "environment variable C1_CLIENT_SECRET is not set"},
		{ref(SecretRef{File: empty}, nil), "file EMPTY is empty"},
		{ref(SecretRef{File: big}, nil), "file BIG cannot be read: file is too big"},
		{ref(SecretRef{File: dir}, nil), "file DIR is not a regular file"},
		{self(t, "blank"), "command SELF is empty"},
		{self(t, "fail", canary), "command SELF failed: exit status 3"},
		{self(t, "flood"), "command SELF failed: more than 64 KiB of output"},
		{ref(SecretRef{Command: []string{"no-such-command"}}, nil, "PATH="+dir), "command no-such-command failed: not in an absolute directory of PATH"},
		{ref(SecretRef{Keyring: "c1"}, nil), "keyring entry c1 cannot be read: no keyring in this build"},
		{ref(SecretRef{Keyring: "c1"}, keyring{}), "keyring entry c1 cannot be read"},
	} {
		s, err := tc.ref.Secret(t.Context())
		if s != "" || err == nil {
			t.Errorf("want %s, got a secret or no error (%v)", tc.want, err)
			continue
		}
		exe, _ := os.Executable()
		got := strings.NewReplacer(empty, "EMPTY", big, "BIG", exe, "SELF", dir, "DIR").Replace(err.Error())
		var e *SecretError
		if want := "profile acme: client_secret: " + tc.want; got != want || !errors.As(err, &e) || fob.OutcomeOf(err) != fob.Local {
			t.Errorf("got %s (%v), want %s (local)", got, fob.OutcomeOf(err), want)
		}
	}
}

func TestCommandsStartNowhereAndKnowNoSecretOfOurs(t *testing.T) {
	r := self(t, "look")
	s, err := r.Secret(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.VolumeName(r.Command[0]) + string(filepath.Separator)
	if got, want := string(s), root+" <nil> 0  seen"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCommandsAreNotFoundWhereWeHappenToBe(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(exe))
	for _, path := range []string{"", ".", "./", "../" + filepath.Base(filepath.Dir(exe))} {
		if found, err := find(filepath.Base(exe), path); !errors.Is(err, errNoSuch) {
			t.Errorf("PATH=%s: got %q, %v, want %v", path, found, err, errNoSuch)
		}
	}
}

func TestCommandsAreEndedInTime(t *testing.T) {
	r := self(t, "hang")
	if _, err := run(t.Context(), r.Command, r.owner.env, time.Millisecond); !errors.Is(err, errTooSlow) {
		t.Errorf("got %v, want %v", err, errTooSlow)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Secret(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestReferencesDoNotShowTheirSecret(t *testing.T) {
	p := mustLoad(t, files{"user.toml": "[profile.a]\ntoken = \"" + canary + "\"\nheaders = { x = \"" + canary + "\" }\n"}, "FOB_TOKEN="+canary).Profiles["a"]
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for how, text := range map[string]string{
		"%v": fmt.Sprintf("%v", p), "%+v": fmt.Sprintf("%+v", p), "%#v": fmt.Sprintf("%#v", p), "%q": fmt.Sprintf("%q", p.Token), "%x": fmt.Sprintf("%x", p.Token), "JSON": string(data),
	} {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s shows a secret", how)
		}
	}
}
