package redis_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

// goroutines are those of rueidis and ours, apart from the test's own.
func goroutines() (stacks []string) {
	buf := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "rueidis") || strings.Contains(stack, "internal/tier") || strings.Contains(stack, "internal/flight") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// settle waits until there are none: those of rueidis end soon after their connection.
func settle(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); len(goroutines()) > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("still there:\n%s", strings.Join(goroutines(), "\n\n"))
		}
	}
}

func TestOpenAsksNobodyAndCloseLeavesNothing(t *testing.T) {
	settle(t) // after other tests
	server := redistest.Start(t, redistest.Options{})
	s, err := redis.Open(redis.Options{URL: server.URL(), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(goroutines()); n != 0 || strings.Contains(server.CLI("CLIENT", "LIST"), "name=fob") {
		t.Errorf("opened: a connection, or %d goroutines", n)
	}
	if err := s.Put(t.Context(), "x", []byte("data")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	settle(t)
}

func TestAClosedStoreAnswersNoMore(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	m := join(t, server)
	m.puts(t, "data")
	m.Close()
	m.Close() // a second time is no harm
	if n := strings.Count(server.CLI("CLIENT", "LIST"), "name=fob"); n != 0 {
		t.Errorf("%d connections left", n)
	}
}
