package redis_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

// holdAt has the test's own binary, run once more, take a lease at the server of that URL, and keep it.
const holdAt = "FOB_TEST_HOLD_AT"

func TestMain(m *testing.M) {
	if url := os.Getenv(holdAt); url != "" {
		hold(url)
	}
	os.Exit(m.Run())
}

// hold says on stdout that it has the lease, and waits to be killed.
func hold(url string) {
	s, err := redis.Open(redis.Options{URL: url, Keys: keys})
	if err == nil {
		_, err = s.Lease(context.Background(), "x")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("held")
	select {}
}

// member is a store with what it was told.
type member struct {
	*redis.Store
	changes  chan string
	warnings chan error
}

func join(t *testing.T, s *redistest.Server) member {
	t.Helper()
	m := member{changes: make(chan string, 100), warnings: make(chan error, 100)}
	m.Store = open(t, redis.Options{URL: s.URL(), Warning: m.warn})
	m.Watch(m.hear)
	return m
}

func (m member) warn(err error)   { m.warnings <- err }
func (m member) hear(name string) { m.changes <- name }

// hears waits until the member is told of name.
func (m member) hears(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		select {
		case got := <-m.changes:
			if got == name {
				return
			}
		case <-ctx.Done():
			t.Fatalf("heard nothing of %q", name)
		}
	}
}

func (m member) puts(t *testing.T, data string) {
	t.Helper()
	if err := m.Put(t.Context(), "x", []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func (m member) reads(t *testing.T, want string) {
	t.Helper()
	if got, err := m.Get(t.Context(), "x"); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func (m member) readsNothing(t *testing.T) {
	t.Helper()
	if got, err := m.Get(t.Context(), "x"); !errors.Is(err, fob.ErrNotFound) {
		t.Errorf("got %q, %v, want %v", got, err, fob.ErrNotFound)
	}
}

// warned checks that there was one warning, of a reason.
func (m member) warned(t *testing.T, want string) {
	t.Helper()
	if len(m.warnings) != 1 {
		t.Fatalf("%d warnings, want 1", len(m.warnings))
	}
	if got := <-m.warnings; got.Error() != want {
		t.Errorf("got warning %q, want %q", got, want)
	}
}

func TestAWriteIsHeardOfElsewhere(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a, b := join(t, server), join(t, server)
	b.readsNothing(t)
	for _, data := range []string{"one", "two"} {
		a.puts(t, data)
		b.hears(t, "x")
		b.reads(t, data)
	}
	if err := a.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	b.hears(t, "x")
	b.readsNothing(t)
}

func TestAHolderIsNamed(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	a, b := join(t, server), join(t, server)
	start := time.Now().Truncate(time.Millisecond)
	lease, err := a.Lease(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	if h, held, err := b.Holder(t.Context(), "x"); !held || err != nil || h.Host != host || h.PID != os.Getpid() || h.Since.Before(start) {
		t.Errorf("got %+v, %v, %v, want this process since %v", h, held, err, start)
	}
	lease.Release()
	if h, held, err := b.Holder(t.Context(), "x"); held || err != nil {
		t.Errorf("got %+v, %v, %v, want nobody", h, held, err)
	}
}

func TestALeaseEndsWithItsHolder(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), holdAt+"="+server.URL())
	out, err := holder.StdoutPipe()
	if err == nil {
		err = holder.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		t.Fatal(err)
	}
	me := join(t, server)
	if h, held, err := me.Holder(t.Context(), "x"); !held || err != nil || h.PID != holder.Process.Pid {
		t.Errorf("got %+v, %v, %v, want process %d", h, held, err, holder.Process.Pid)
	}
	holder.Process.Kill()
	holder.Wait()
	lease, err := me.Lease(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	lease.Release()
}
