//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
)

// fob login is not among the programs here: it says nothing before it has its answer. testdata/script/interrupt.txtar looks at it.
func TestASignalToTheWholeGroupLosesNoLogin(t *testing.T) {
	m := person(t, -time.Minute)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for _, args := range [][]string{
			{"fob-helper", "git", "get"},                      // runs fob as its child
			{"fob-helper", "kubernetes", "--profile", "corp"}, // becomes fob
			{"fob", "token", "--force-refresh", "corp"},
		} {
			t.Run(fmt.Sprint(sig, " ", args[:2]), func(t *testing.T) {
				m.login(t, -time.Minute)
				before, asked := m.kept(t), m.server.Counts().Requests()
				m.signalled(t, sig, args)
				tok := m.kept(t)
				if tok.Access == before.Access || tok.Refresh == before.Refresh || !m.server.Valid(tok.Access) {
					t.Error("what the server gave is not kept")
				}
				if got := m.run(t, "", "fob", "token", "corp"); got.code != 0 {
					t.Errorf("the next caller has exit status %d; stderr:\n%s", got.code, got.stderr)
				}
				if n := m.server.Counts().Requests() - asked; n != 1 {
					t.Errorf("%d token requests, want 1", n)
				}
			})
		}
	}
}

// signalled runs a program in a process group that gets a signal while the server holds its answer back.
func (m *machine) signalled(t *testing.T, sig syscall.Signal, args []string) {
	t.Helper()
	m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }})
	cmd := m.command(t, gitGet, args[0], args[1:]...)
	cmd.Env, cmd.SysProcAttr = m.quiet(), &syscall.SysProcAttr{Setpgid: true}
	stderr, err := cmd.StderrPipe()
	if err = errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	<-m.reached
	if err := syscall.Kill(-cmd.Process.Pid, sig); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(stderr)
	if said.Scan(); !strings.HasPrefix(said.Text(), "fob: ") { // it has taken the signal
		t.Errorf("says %q", said.Text())
	}
	m.server.Release()
	for said.Scan() { // until all of the group are gone
		t.Errorf("goes on to say %q", said.Text())
	}
	cmd.Wait()
}

// Whenever programs are killed, what they leave is a record that can be read, and a lock that is free.
func TestKilledAtRandom(t *testing.T) {
	kills, seed := rounds(t, 60, 1000), rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	m := person(t, -time.Minute)
	m.server.Change(func(o *oauthtest.Options) { o.Life = time.Second })
	programs := [][]string{
		{"fob", "token", "corp", "--force-refresh"}, {"fob", "refresh", m.record(t)},
		{"fob-helper", "git", "get"}, {"fob-helper", "kubernetes", "--profile", "corp"},
	}
	runs, killed, lost := 0, 0, 0
	for killed < kills {
		var doomed []*exec.Cmd
		for range 3 {
			args := programs[chance.IntN(len(programs))]
			doomed = append(doomed, m.doom(t, time.Duration(chance.Int64N(int64(25*time.Millisecond))), args))
		}
		for _, cmd := range doomed {
			if cmd.Wait(); cmd.ProcessState.ExitCode() < 0 {
				killed++
			}
		}
		runs += len(doomed)
		m.wantUnharmed(t, fmt.Sprintf("%d killed", killed))
		if m.kept(t).Refresh == "" { // killed between the server's answer and its place on the disk, and asked for again
			lost++
			m.login(t, -time.Minute)
		}
	}
	t.Logf("%d killed in %d runs, %d logins lost to the one unavoidable window", killed, runs, lost)
	m.wantSettled(t)
	m.wantSwept(t)
}

// doom starts a program, and kills it, and the fob that it may have started, after a while.
func (m *machine) doom(t *testing.T, after time.Duration, args []string) *exec.Cmd {
	t.Helper()
	cmd := m.command(t, gitGet, args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(after, func() {
		if cmd.Process.Signal(syscall.SIGKILL) == nil { // it has not been waited for: its number is its own
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	})
	return cmd
}

// wantUnharmed looks at what a killed program leaves: a record that can be read, none set aside, and a lock that is free.
func (m *machine) wantUnharmed(t *testing.T, when string) {
	t.Helper()
	m.decode(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	unlock, err := m.tokens().Lock(ctx, m.record(t))
	if err != nil {
		t.Fatalf("%s: the lock is not free after a second: %v", when, err)
	}
	unlock()
}

// wantSettled is that one more call, which nobody kills, has a token, or finds that its refresh token was used up.
func (m *machine) wantSettled(t *testing.T) {
	t.Helper()
	doubt := !m.decode(t).Intent.IsZero()
	got := m.run(t, "", "fob", "token", "corp", "--force-refresh")
	if got.code != 0 && !(doubt && got.code == 3) {
		t.Errorf("a call that nobody kills has exit status %d; stderr:\n%s", got.code, got.stderr)
	}
}

// wantSwept is that files which were never finished are gone after a day and one more write.
func (m *machine) wantSwept(t *testing.T) {
	t.Helper()
	unfinished := m.path("state", "fob", "tokens", ".fob-tmp-*")
	left, _ := filepath.Glob(unfinished)
	then := time.Now().Add(-25 * time.Hour)
	for _, path := range left {
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	m.login(t, time.Hour)
	if still, _ := filepath.Glob(unfinished); len(still) > 0 {
		t.Errorf("%d of %d unfinished files are still there", len(still), len(left))
	}
	t.Logf("%d unfinished files swept", len(left))
}
