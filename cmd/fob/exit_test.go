package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

func TestOnlyFilesMakeAnExitOfPermission(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.EPERM)}
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"a firewall":          {&oauth.Error{Op: "client_credentials", Host: "as.example", Err: dial}, 69},
		"a file":              {&fs.PathError{Op: "open", Path: "config.toml", Err: syscall.EACCES}, exitPermission},
		"no such place":       {&fs.PathError{Op: "mkdir", Path: "/proc/x", Err: syscall.ENOENT}, 75},
		"a rename":            {&os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EACCES}, exitPermission},
		"a file of anybody's": {&atomicfile.UntrustedError{Path: "config.toml", Reason: "writable by others"}, exitPermission},
	} {
		if got := exitCode(&session.ProfileError{Name: "p", Err: tc.err}); got != tc.want {
			t.Errorf("%s: exit status %d, want %d", name, got, tc.want)
		}
	}
}

func TestAnInterruptedWaitForAnotherProcessIsAnInterrupt(t *testing.T) {
	m := machineFor(t, "[profile.corp]\nissuer = \"$SERVER\"\nclient_id = \"c\"\nclient_secret = { file = \"$WORK/secret\" }\n")
	s, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := fob.Dir(paths.Tokens(s.State)).Lock(t.Context(), p.Key.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(errors.New("interrupt signal received")) // as signal.NotifyContext does it
	for _, word := range []string{"login", "logout"} {
		var out, said bytes.Buffer
		code := run(ctx, []string{"fob", word, "corp"}, std{environ: m.environ, stdin: strings.NewReader(""), stdout: &out, stderr: &said})
		if code != exitInterrupted || !strings.HasSuffix(said.String(), "fob: interrupted\n") {
			t.Errorf("%s: exit status %d, want %d; stderr:\n%s", word, code, exitInterrupted, &said)
		}
	}
}
