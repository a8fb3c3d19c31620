package main

import (
	"errors"
	"maps"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Each script makes of $1, the state directory, one that cannot be written to, for itself and the program that it then runs.
const (
	fullDisk = `cp -a "$1" "$2" && mount -t tmpfs -o size=1m,mode=700 none "$1" && cp -a "$2/." "$1" || exit 99
dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null
(shift 2; "$@"); code=$?
rm "$1/filler" "$2" -r && cp -a "$1" "$2" || exit 99
exit $code`
	readOnlyDisk = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
(shift 2; "$@"); code=$?
cp -a "$1" "$2" || exit 99
exit $code`
)

func TestDiskThatCannotBeWritten(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "mount(2)", syscall.EPERM)
	}
	for disk, script := range map[string]string{"no space left on device": fullDisk, "read-only file system": readOnlyDisk} {
		t.Run(strings.Fields(disk)[0], func(t *testing.T) {
			valid := refreshed(t, 50*time.Minute)
			got := valid.onDisk(t, script, "fob-helper", "git", "get")
			if got.code != 0 || got.stderr != "" || valid.askedSince(1) != 0 {
				t.Errorf("a valid token: exit status %d, %d token requests; stderr:\n%s", got.code, valid.askedSince(1), got.stderr)
			}

			login := refreshed(t, -time.Minute)
			got = login.onDisk(t, script, "fob-helper", "git", "get")
			if got.code != 75 || login.askedSince(1) != 0 {
				t.Errorf("an expired login: exit status %d and %d token requests, want 75 and none", got.code, login.askedSince(1))
			}
			got.wantLines(t, disk, "a refresh token is not sent while ")
			if got = login.run(t, "", "fob", "token", "corp"); got.code != 0 {
				t.Errorf("once there is room: exit status %d; stderr:\n%s", got.code, got.stderr)
			}

			client := machineFor(t, clientConfig)
			client.environ = client.quiet()
			if err := client.keep("corp", hour("access-0", time.Now().Add(-time.Minute))); err != nil {
				t.Fatal(err)
			}
			got = client.onDisk(t, script, "fob", "token", "corp")
			if got.code != 0 || got.stdout != "access-1\n" {
				t.Errorf("client credentials: exit status %d, %q, want a token", got.code, got.stdout)
			}
			got.wantLines(t, disk, "")
		})
	}
}

// onDisk runs a program while the state directory is as script makes it. What it leaves there stays; no record may have changed.
func (m *machine) onDisk(t *testing.T, script, program string, args ...string) outcome {
	t.Helper()
	state, after := m.path("state", "fob"), m.path("after")
	before := m.snapshot(t, string(m.tokens()))
	cmd := m.command(t, gitGet, program, args...)
	cmd.Args = append([]string{"sh", "-c", script, "sh", state, after, cmd.Path}, args...)
	cmd.Path, cmd.SysProcAttr = "/bin/sh", &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	got := finish(t, cmd)
	if got.code == 99 {
		missing(t, "mount(8)", errors.New(strings.TrimSpace(got.stderr)))
	}
	if err := errors.Join(os.RemoveAll(state), os.Rename(after, state)); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, m.snapshot(t, string(m.tokens()))) {
		t.Error("the records on the disk are not as they were")
	}
	return got
}
