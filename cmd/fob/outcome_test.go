package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/record"
)

// outcome is how a program ended.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs a program of the machine's to its end.
func (m *machine) run(t *testing.T, stdin, program string, args ...string) outcome {
	t.Helper()
	return finish(t, m.command(t, stdin, program, args...))
}

func (m *machine) command(t *testing.T, stdin, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), m.path("bin", program), args...)
	cmd.Env, cmd.Stdin = m.environ, strings.NewReader(stdin)
	return cmd
}

func finish(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// tokens is where the machine's records lie.
func (m *machine) tokens() fob.Dir { return fob.Dir(paths.Tokens(m.path("state", "fob"))) }

// record is the name of corp's.
func (m *machine) record(t *testing.T) string {
	t.Helper()
	_, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	return p.Key.Name()
}

// decode reads corp's record, which must be there, whole, and the only one.
func (m *machine) decode(t *testing.T) record.Record {
	t.Helper()
	name := m.record(t)
	names, err := m.tokens().List(t.Context())
	if err != nil || !slices.Equal(names, []string{name}) {
		t.Fatalf("records %v, %v, want one, and none set aside", names, err)
	}
	data, err := m.tokens().Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.Decode(data)
	if err != nil {
		t.Fatalf("the record cannot be read: %v", err)
	}
	return r
}

// leave makes corp's access token one that has left of its hour. The rest of the record stays as it is.
func (m *machine) leave(t *testing.T, left time.Duration) {
	t.Helper()
	m.change(t, func(r *record.Record) {
		r.Expiry = time.Now().Add(left)
		r.Issued = r.Expiry.Add(-time.Hour)
	})
}

// change rewrites corp's record.
func (m *machine) change(t *testing.T, edit func(*record.Record)) {
	t.Helper()
	r := m.decode(t)
	edit(&r)
	data, err := r.Encode()
	if err == nil {
		err = m.tokens().Put(t.Context(), m.record(t), data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what another process does, of which nothing else tells.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for range 2000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it has not happened in ten seconds")
}

// quiet is the machine's environment without its log.
func (m *machine) quiet() []string {
	return slices.DeleteFunc(slices.Clone(m.environ), func(kv string) bool { return strings.HasPrefix(kv, "FOB_LOG=") })
}

// rounds is how often a test does what cannot be done too often: where FOB_TEST_LONG=1 allows for minutes, more often.
func rounds(t *testing.T, short, long int) int {
	n := short
	if os.Getenv("FOB_TEST_LONG") == "1" {
		n = long
	}
	t.Logf("%d rounds; %d where FOB_TEST_LONG=1", n, long)
	return n
}

// missing skips the test, but where FOB_E2E_REQUIRE=1 says that nothing may be missing.
func missing(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("FOB_E2E_REQUIRE") == "1" {
		t.Fatalf("%s: %v, and FOB_E2E_REQUIRE=1", what, err)
	}
	t.Skipf("%s: %v", what, err)
}
