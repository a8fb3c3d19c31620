//go:build linux

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
)

// member is one process of a fleet.
type member struct {
	name   string
	at     int  // its site
	apart  bool // it has to do without Redis for a while
	alien  bool // for good, since it has another key
	killed bool // by the test

	cmd    *exec.Cmd
	in     io.WriteCloser
	said   bytes.Buffer // on stderr
	report chan order.Report
	ended  chan struct{}

	mu       sync.Mutex
	tokens   []order.Event // that it has come to have
	warnings []order.Event
}

// newMember starts a process, which ends with the test.
func newMember(t *testing.T, s *place, o order.Order) *member {
	t.Helper()
	m := &member{name: o.Name, cmd: exec.Command(filepath.Join(binDir, "fleetmember")), report: make(chan order.Report, 1), ended: make(chan struct{})}
	m.cmd.Stderr = &m.said
	out, err := m.cmd.StdoutPipe()
	if err == nil {
		m.in, err = m.cmd.StdinPipe()
	}
	if err == nil {
		err = s.start(m.cmd)
	}
	if err != nil {
		t.Fatal(err)
	}
	go m.listen(out)
	t.Cleanup(func() {
		m.in.Close()
		<-m.ended
		if m.said.Len() > 0 {
			t.Errorf("member %s said\n%s", m.name, &m.said)
		}
	})
	if err := json.NewEncoder(m.in).Encode(o); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *member) listen(out io.Reader) {
	defer close(m.ended)
	for dec := json.NewDecoder(out); ; {
		var e order.Event
		if dec.Decode(&e) != nil {
			break
		}
		m.heard(e)
	}
	m.cmd.Wait()
}

func (m *member) heard(e order.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case e.Report != nil:
		m.report <- *e.Report
	case e.Warning != "":
		m.warnings = append(m.warnings, e)
	default:
		m.tokens = append(m.tokens, e)
	}
}

func (m *member) tell(t *testing.T, word string) {
	t.Helper()
	if _, err := fmt.Fprintln(m.in, word); err != nil {
		t.Errorf("member %s has gone: %v", m.name, err)
	}
}

// reported waits for what the member reports when it rests.
func (m *member) reported(t *testing.T) (r order.Report) {
	t.Helper()
	select {
	case r = <-m.report:
	case <-m.ended:
		t.Fatalf("member %s has gone", m.name)
	case <-time.After(time.Minute):
		t.Fatalf("member %s reports nothing", m.name)
	}
	return r
}

// kill ends the member as a crash does.
func (m *member) kill() {
	m.killed = true
	m.cmd.Process.Kill()
	<-m.ended
}

// had is when the member came to have that token.
func (m *member) had(token int) (at time.Time, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.tokens {
		if e.Token == token {
			return e.At, true
		}
	}
	return time.Time{}, false
}

// warned is the first warning since then.
func (m *member) warned(since time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.warnings {
		if e.At.After(since) {
			return e.Warning
		}
	}
	return ""
}

// last is the token it has.
func (m *member) last() (e order.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.tokens); n > 0 {
		e = m.tokens[n-1]
	}
	return e
}
