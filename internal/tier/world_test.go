package tier_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/storetest"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/tier"
	"github.com/fobkit/fob/internal/tier/fartest"
)

const (
	name   = "k1-a"
	canary = "fob-canary-7f3a9c"
)

// world is a server, and a key for those who share it.
type world struct {
	server fartest.Server
	key    *seal.Key
	way    fartest.Way
}

func newWorld() *world {
	return &world{key: seal.NewKey(), way: fartest.Way{Latency: 2 * time.Millisecond}}
}

// member is one process on one machine.
type member struct {
	*tier.Store
	link *fartest.Link

	mu       sync.Mutex
	warnings []error
}

// join is a process on a machine with that near store; nil: a machine of its own.
func (w *world) join(t *testing.T, near fob.Store) *member {
	m := &member{link: w.server.Link(w.way)}
	m.Store = &tier.Store{Far: m.link, Near: near, Sealer: w.key, Holder: "host 1", Warning: m.warn}
	t.Cleanup(m.Close)
	return m
}

func (m *member) warn(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.warnings = append(m.warnings, err)
}

func (m *member) wantWarnings(t *testing.T, want int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.warnings) != want {
		t.Errorf("%d warnings, want %d: %v", len(m.warnings), want, m.warnings)
	}
}

func (m *member) put(t *testing.T, text string) {
	t.Helper()
	if err := m.Put(t.Context(), name, secret(text)); err != nil {
		t.Errorf("Put: %v", err)
	}
}

// secret is what a record holds: text, and what must not be seen anywhere.
func secret(text string) []byte { return []byte(canary + " " + text) }

// want compares the record that m sees; "" for none. Secrets are not shown.
func (m *member) want(t *testing.T, text string) {
	t.Helper()
	got, err := m.Get(t.Context(), name)
	switch {
	case text == "" && !errors.Is(err, fob.ErrNotFound):
		t.Errorf("Get: got %d bytes, %v, want fob.ErrNotFound", len(got), err)
	case text != "" && err != nil:
		t.Errorf("Get: %v, want %q", err, text)
	case text != "" && string(got) != string(secret(text)):
		t.Errorf("Get: another record than %q", text)
	}
}

func (m *member) lease(t *testing.T) fob.Lease {
	t.Helper()
	l, err := m.Lease(t.Context(), name)
	if err != nil {
		t.Fatalf("Lease: %v", err)
	}
	return l
}

// within asserts how long do takes at most.
func within(t *testing.T, most time.Duration, what string, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > most {
		t.Errorf("%s took %v, want at most %v", what, took, most)
	}
}

func isLost(l fob.Lease) bool {
	select {
	case <-l.Lost():
		return true
	default:
		return false
	}
}

// inBubble runs f in a world on a clock of its own.
func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) { f(t, newWorld()) })
}

// lapsing is a member whose lease can be taken away: for longer than it takes it to find out.
type lapsing struct {
	*member
	server *fartest.Server
}

func (l lapsing) Lapse(_ context.Context, name string) error {
	l.server.Usurp(name, 500*time.Millisecond)
	return nil
}

func TestContract(t *testing.T) {
	w := &world{key: seal.NewKey()}
	storetest.Run(t, func(t *testing.T) fob.Store { return lapsing{w.join(t, nil), &w.server} })
}

func TestContractOnOneMachine(t *testing.T) {
	w, near := &world{key: seal.NewKey()}, fob.Dir(t.TempDir())
	storetest.Run(t, func(t *testing.T) fob.Store { return w.join(t, near) })
}
