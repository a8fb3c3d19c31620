//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
)

// refreshed is a machine whose login has been refreshed: the refresh token of its configuration is used up, and would end the login if it
// were sent once more. The access token that is kept has left of its hour.
func refreshed(t *testing.T, left time.Duration) *machine {
	t.Helper()
	m := person(t, left)
	if got := m.run(t, "", "fob", "token", "corp", "--force-refresh"); got.code != 0 {
		t.Fatal(got.stderr)
	}
	m.leave(t, left)
	m.environ = append(m.quiet(), "CI=true") // so that no refresh is left behind
	return m
}

// Ways to spoil a file or directory of fob's. What was there is at aside.
var (
	absent    = func(string, string) error { return nil }
	directory = func(path, _ string) error { return os.Mkdir(path, 0o700) }
	file      = func(path, _ string) error { return os.WriteFile(path, []byte("a file"), 0o600) }
	pipe      = func(path, _ string) error { return syscall.Mkfifo(path, 0o600) }
	link      = func(path, aside string) error { return os.Symlink(aside, path) }
	dangling  = func(path, aside string) error { return os.Symlink(aside+"-nothing", path) }
	open      = func(path, aside string) error {
		return errors.Join(os.CopyFS(path, os.DirFS(aside)), os.Chmod(path, 0o777))
	}
	openFile = func(path, aside string) error { return errors.Join(duplicate(aside, path), os.Chmod(path, 0o666)) }
	another  = func(path, aside string) error {
		return errors.Join(duplicate(aside, path), os.Chown(path, nobody, nobody))
	}
	anothers = func(path, aside string) error {
		return errors.Join(os.CopyFS(path, os.DirFS(aside)), os.Chown(path, nobody, nobody))
	}
	future = func(path, _ string) error {
		return os.WriteFile(path, lines.AppendSum([]byte("fob-record=2\nwhat=unheard-of\n")), 0o600)
	}
)

const nobody = 65534

// Whatever has become of fob's files, a program that needs a new token ends in its own time with the right status and says why in a line;
// what fob does not understand it neither follows nor changes; and no refresh token is sent as long as nobody knows what became of it, so
// that once the damage is mended the login is as good as before.
func TestDamage(t *testing.T) {
	const blind, unguarded, keyless = "a refresh token is not sent twice", "cannot be locked", "login required"
	for _, tc := range []struct {
		name  string
		place string
		spoil func(path, aside string) error
		code  int
		asked int // token requests
		warns string
		says  string
	}{
		{"record is a directory", "record", directory, 77, 0, "not a regular file", blind},
		{"record is a pipe", "record", pipe, 77, 0, "not a regular file", blind},
		{"record is a link", "record", link, 75, 0, "", blind},
		{"record is a link to nothing", "record", dangling, 75, 0, "", blind},
		{"record may be written by others", "record", openFile, 77, 0, "writable by others", blind},
		{"record is another user's", "record", another, 77, 0, "owned by someone else", blind},
		{"record is of a future version", "record", future, 75, 0, "written by another version", blind},
		{"lock is a directory", "lock", directory, 75, 0, "is a directory", unguarded},
		{"lock is a link", "lock", link, 75, 0, "", unguarded},
		{"lock is a link to nothing", "lock", dangling, 75, 0, "", unguarded},
		{"lock is a pipe", "lock", pipe, 0, 1, "", ""},
		{"index is a directory", "route", directory, 0, 1, "route index not written", ""},
		{"index is a pipe", "route", pipe, 0, 1, "", ""},
		{"index is a link", "route", link, 0, 1, "", ""},
		{"index is a link to nothing", "route", dangling, 0, 1, "", ""},
		{"index may be written by others", "route", openFile, 0, 1, "", ""},
		{"index is another user's", "route", another, 0, 1, "", ""},
		{"key is gone", "key", absent, 3, 0, "left alone", keyless},
		{"key is a directory", "key", directory, 77, 0, "left alone", "seal.key"},
		{"key is a pipe", "key", pipe, 77, 0, "left alone", "seal.key"},
		{"key is a link", "key", link, 75, 0, "left alone", "seal.key"},
		{"key may be written by others", "key", openFile, 77, 0, "left alone", "seal.key"},
		{"key is another user's", "key", another, 77, 0, "left alone", "seal.key"},
		{"directory of records is a file", "tokens", file, 75, 0, "not a directory", blind},
		{"directory of records is a link", "tokens", link, 77, 0, "a symbolic link", ""},
		{"directory of records may be written by others", "tokens", open, 77, 0, "writable by others", ""},
		{"directory of records is another user's", "tokens", anothers, 77, 0, "owned by someone else", ""},
		{"state directory is a file", "state", file, 75, 0, "not a directory", blind},
		{"state directory is a link", "state", link, 77, 0, "a symbolic link", blind},
		{"state directory may be written by others", "state", open, 77, 0, "writable by others", blind},
		{"state directory is another user's", "state", anothers, 77, 0, "owned by someone else", blind},
		{"data directory is a file", "data", file, 75, 0, "left alone", "seal.key"},
		{"data directory is gone", "data", absent, 3, 0, "left alone", keyless},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if os.Geteuid() != 0 && strings.Contains(tc.name, "another user's") {
				missing(t, "chown(2)", syscall.EPERM)
			}
			m := refreshed(t, -time.Minute)
			path, aside := m.places(t)[tc.place], m.path("aside")
			if err := errors.Join(os.Rename(path, aside), tc.spoil(path, aside)); err != nil {
				t.Fatal(err)
			}
			before, asked := m.snapshot(t, aside), m.server.Counts().Requests()
			got := m.run(t, gitGet, "fob-helper", "git", "get")
			if n := m.askedSince(asked); got.code != tc.code || n != tc.asked {
				t.Errorf("exit status %d and %d token requests, want %d and %d", got.code, n, tc.code, tc.asked)
			}
			got.wantLines(t, tc.warns, tc.says)
			if after := m.snapshot(t, aside); !maps.Equal(before, after) {
				t.Errorf("what the damage hides is not as it was")
			}
			if _, err := os.Lstat(aside + "-nothing"); err == nil {
				t.Error("a link was followed, and what it names was made")
			}
			if err := errors.Join(os.RemoveAll(path), os.Rename(aside, path)); err != nil {
				t.Fatal(err)
			}
			if got = m.run(t, "", "fob", "token", "corp"); got.code != 0 {
				t.Errorf("after it was mended: exit status %d; stderr:\n%s", got.code, got.stderr)
			}
		})
	}
}

// askedSince is how many token requests there were after the first n.
func (m *machine) askedSince(n int) int { return m.server.Counts().Requests() - n }

// places are the files and directories that are fob's.
func (m *machine) places(t *testing.T) map[string]string {
	record := m.path("state", "fob", "tokens", m.record(t))
	return map[string]string{
		"record": record + ".rec", "lock": record + ".lock", "claim": record + ".claim", "route": m.path("state", "fob", "route"), "key": m.path("data", "fob", "seal.key"),
		"tokens": m.path("state", "fob", "tokens"), "state": m.path("state", "fob"), "data": m.path("data", "fob"),
	}
}

// snapshot is what lies at and below path.
func (m *machine) snapshot(t *testing.T, path string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		var data []byte
		if err == nil && info.Mode().IsRegular() {
			data, err = os.ReadFile(path)
		}
		found[path] = info.Mode().String() + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantLines is that stderr has one warning at most, one error if there is one at all, and in them these words.
func (o outcome) wantLines(t *testing.T, warning, failure string) {
	t.Helper()
	var warnings, failures []string
	for line := range strings.Lines(o.stderr) {
		switch {
		case strings.HasPrefix(line, "fob: hint: "):
		case strings.HasPrefix(line, "fob: "):
			failures = append(failures, line)
		default:
			warnings = append(warnings, line)
		}
	}
	bad := len(warnings) > 1 || len(failures) > 1 || (len(failures) == 1) != (o.code != 0)
	if bad || !strings.Contains(strings.Join(warnings, ""), warning) || !strings.Contains(strings.Join(failures, ""), failure) {
		t.Errorf("exit status %d, stderr:\n%swant one line that says %q, after one warning at most, that says %q", o.code, o.stderr, failure, warning)
	}
}

// A record that is not whole is never half believed: it is set aside as it is, and its token is not given out.
func TestEachLengthAndEachFlippedBitOfARecord(t *testing.T) {
	m := refreshed(t, 50*time.Minute)
	s, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	name := p.Key.Name()
	whole, err := m.tokens().Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	wantSetAside := func(data []byte) {
		var store fob.Memory
		store.Put(t.Context(), name, data)
		c := &fob.Cache{Store: &store, Sealer: s.Cache.Sealer}
		if tok := c.Source(p.Key, p.System.Grant).Kept(t.Context()); tok.Access != "" || tok.Refresh != "" {
			t.Errorf("%d bytes that are not the record gave a token", len(data))
		}
		if aside, err := store.Get(t.Context(), name+".bad"); err != nil || !bytes.Equal(aside, data) {
			t.Errorf("%d bytes that are not the record were not set aside: %v", len(data), err)
		}
	}
	for n := range whole {
		wantSetAside(whole[:n])
	}
	for bit := range 8 * len(whole) {
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		wantSetAside(flipped)
	}
}

func TestNothingIsOpenToOthersUnderAnyUmask(t *testing.T) {
	m := machineFor(t, fleetConfig)
	if err := m.write("refresh", string(m.server.Issue("c").Refresh)); err != nil {
		t.Fatal(err)
	}
	m.environ = append(m.quiet(), "CI=true")
	for _, args := range [][]string{
		{"fob", "login", "corp"}, {"fob-helper", "git", "get"}, {"fob", "token", "--force-refresh", "corp"}, {"fob-helper", "docker", "store"},
	} {
		stdin := gitGet
		if args[1] == "docker" {
			stdin = `{"ServerURL":"ghcr.io","Username":"ann","Secret":"typed-in"}`
		}
		cmd := m.command(t, stdin, args[0], args[1:]...)
		cmd.Args = append([]string{"sh", "-c", `umask 000; exec "$@"`, "sh", cmd.Path}, args[1:]...)
		cmd.Path = "/bin/sh"
		if got := finish(t, cmd); got.code != 0 {
			t.Errorf("%v: exit status %d; stderr:\n%s", args, got.code, got.stderr)
		}
		if args[0] == "fob" && args[1] == "login" {
			m.leave(t, 2*time.Minute) // stale: the helper starts a refresh, and claims it
		}
	}
	for _, dir := range []string{m.path("state", "fob"), m.path("data", "fob")} {
		files := m.snapshot(t, dir)
		for path, is := range files {
			if !strings.HasPrefix(is, "-rw-------") && !strings.HasPrefix(is, "drwx------") {
				t.Errorf("%s: %.10s", strings.TrimPrefix(path, m.dir), is)
			}
		}
		t.Logf("%s: %d files and directories", filepath.Base(filepath.Dir(dir)), len(files))
	}
}

// Two users who were told to use the same directory do not share tokens: it is the first one's, and nobody else believes or changes
// what lies there.
func TestTwoUsersOfOneDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "setuid(2)", syscall.EPERM)
	}
	m := machineFor(t, clientConfig)
	m.environ = append(m.quiet(), "CI=true", "FOB_STATE="+m.path("shared"))
	if got := m.run(t, "", "fob", "token", "corp"); got.code != 0 {
		t.Fatal(got.stderr)
	}
	m.giveAway(t)
	before := m.snapshot(t, m.path("shared"))
	for _, mode := range []os.FileMode{0o700, 0o755, 0o777, 0o777 | os.ModeSticky} {
		if err := os.Chmod(m.path("shared"), mode); err != nil {
			t.Fatal(err)
		}
		asked := m.server.Counts().Requests()
		for _, args := range [][]string{{"fob-helper", "git", "get"}, {"fob", "token", "corp"}} {
			got := finish(t, m.asNobody(t, args...))
			if got.code != 0 || strings.Contains(got.stdout, "access-1\n") {
				t.Errorf("%v, another user's %v: exit status %d; want a token of its own; stderr:\n%s", mode, args, got.code, got.stderr)
			}
			got.wantLines(t, "tokens stay in memory: ", "")
		}
		if n := m.server.Counts().Requests() - asked; n != 2 {
			t.Errorf("%v: %d token requests, want each to ask for its own", mode, n)
		}
	}
	os.Chmod(m.path("shared"), 0o700)
	if !maps.Equal(before, m.snapshot(t, m.path("shared"))) {
		t.Error("another user's call has changed what lies there")
	}
}

func TestASecretThatThisUserMayNotReadIsAMatterOfPermission(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "setuid(2)", syscall.EPERM)
	}
	m := machineFor(t, clientConfig)
	m.environ = append(m.quiet(), "FOB_STATE="+m.path("none"))
	m.giveAway(t)
	if err := os.Chown(m.path("secret"), 0, 0); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"fob-helper", "git", "get"}, {"fob", "token", "corp"}} {
		if got := finish(t, m.asNobody(t, args...)); got.code != exitPermission {
			t.Errorf("%v: exit status %d, want %d; stderr:\n%s", args, got.code, exitPermission, got.stderr)
		}
	}
}

// asNobody is a program that another user runs.
func (m *machine) asNobody(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := m.command(t, gitGet, args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// giveAway makes the configuration and its secret nobody's, and lets everybody come to the programs.
func (m *machine) giveAway(t *testing.T) {
	t.Helper()
	var err error
	for _, path := range []string{m.path("config"), m.path("config", "fob"), m.path("config", "fob", "config.toml"), m.path("secret")} {
		err = errors.Join(err, os.Chown(path, nobody, nobody))
	}
	for dir := m.dir; dir != filepath.Clean(os.TempDir()) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		err = errors.Join(err, os.Chmod(dir, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAClaimIsNotTakenThroughALink(t *testing.T) {
	for name, spoil := range map[string]func(path, aside string) error{"directory": directory, "link": link, "link to nothing": dangling} {
		t.Run(name, func(t *testing.T) {
			m := refreshed(t, 2*time.Minute) // stale
			aside := m.path("aside")
			if err := errors.Join(file(aside, ""), spoil(m.places(t)["claim"], aside)); err != nil {
				t.Fatal(err)
			}
			before, asked := m.snapshot(t, aside), m.server.Counts().Requests()
			if got := m.run(t, gitGet, "fob-helper", "git", "get"); got.code != 0 || got.stderr != "" || m.askedSince(asked) != 0 {
				t.Errorf("exit status %d and %d token requests, want an answer and none; stderr:\n%s", got.code, m.askedSince(asked), got.stderr)
			}
			if !maps.Equal(before, m.snapshot(t, aside)) {
				t.Error("what the link names is not as it was")
			}
			if _, err := os.Lstat(aside + "-nothing"); err == nil {
				t.Error("what the link names was made")
			}
		})
	}
}
