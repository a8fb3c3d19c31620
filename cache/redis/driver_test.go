package redis

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/redistest"
	"github.com/fobkit/fob/internal/tier"
)

// connect is another member's driver.
func connect(t *testing.T, server *redistest.Server) *driver {
	t.Helper()
	s, err := Open(Options{URL: server.URL(), Keys: NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	BePatient(s)
	return s.far
}

func get(t *testing.T, d *driver, name string) tier.Copy {
	t.Helper()
	c, err := d.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, d *driver, name string, data []byte, under tier.Claim) uint64 {
	t.Helper()
	n, err := d.Put(t.Context(), name, data, under)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCopy(t *testing.T, d *driver, name string, want tier.Copy) {
	t.Helper()
	got := get(t, d, name)
	if got.Number != want.Number || string(got.Data) != string(want.Data) || (got.Data == nil) != (want.Data == nil) {
		t.Errorf("got copy %d of %q, want %d of %q", got.Number, got.Data, want.Number, want.Data)
	}
}

func TestARecordIsNumberedByTheServersClock(t *testing.T) {
	d := connect(t, redistest.Start(t, redistest.Options{}))
	wantCopy(t, d, "a", tier.Copy{})
	before := uint64(time.Now().UnixMilli())
	first := put(t, d, "a", []byte("1"), tier.Claim{})
	if first < before || first > uint64(time.Now().UnixMilli()) {
		t.Errorf("got number %d, want the time since %d", first, before)
	}
	ahead := first + 1_000_000
	if err := d.Restore(t.Context(), "a", tier.Copy{Number: ahead, Data: []byte("2")}); err != nil {
		t.Fatal(err)
	}
	if n := put(t, d, "a", []byte{}, tier.Claim{}); n != ahead+1 {
		t.Errorf("got number %d after %d, want one more", n, ahead)
	}
	wantCopy(t, d, "a", tier.Copy{Number: ahead + 1, Data: []byte{}})
}

func TestAnOlderCopyIsNotRestored(t *testing.T) {
	d := connect(t, redistest.Start(t, redistest.Options{}))
	n := put(t, d, "a", []byte("here"), tier.Claim{})
	for _, c := range []tier.Copy{{Number: n, Data: []byte("same")}, {Number: n - 1, Data: []byte("older")}} {
		if err := d.Restore(t.Context(), "a", c); err != nil {
			t.Fatal(err)
		}
		wantCopy(t, d, "a", tier.Copy{Number: n, Data: []byte("here")})
	}
}

func TestADeletedRecordOutdoesOldCopies(t *testing.T) {
	d := connect(t, redistest.Start(t, redistest.Options{}))
	old := put(t, d, "a", []byte("x"), tier.Claim{})
	deleted := put(t, d, "a", nil, tier.Claim{})
	if err := d.Restore(t.Context(), "a", tier.Copy{Number: old, Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	wantCopy(t, d, "a", tier.Copy{Number: deleted})
	if names, err := d.List(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("List: got %q, %v, want nothing", names, err)
	}
}

func TestWhatNobodyWritesAnyMoreEnds(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	d := connect(t, server)
	put(t, d, "kept", []byte("x"), tier.Claim{})
	put(t, d, "deleted", nil, tier.Claim{})
	for key, want := range map[string]string{"fob:{kept}": "7776000", "fob:{deleted}": "86400"} {
		if got := server.CLI("TTL", key); got != want {
			t.Errorf("%s ends in %s s, want %s", key, got, want)
		}
	}
}

func TestALeaseHasOneHolder(t *testing.T) {
	d := connect(t, redistest.Start(t, redistest.Options{}))
	n := put(t, d, "a", []byte("x"), tier.Claim{})
	one, other := tier.Claim{ID: "one", Holder: "sealed-1"}, tier.Claim{ID: "on", Holder: "sealed-2"}
	for range 2 { // the second time it is renewed
		if number, left, err := d.Acquire(t.Context(), "a", one, time.Minute); number != n || left != 0 || err != nil {
			t.Errorf("got number %d, %v left, %v, want %d", number, left, err, n)
		}
	}
	if _, left, err := d.Acquire(t.Context(), "a", other, time.Minute); left <= 59*time.Second || left > time.Minute || err != nil {
		t.Errorf("got %v left, %v, want a minute", left, err)
	}
	if holder, left, err := d.Holder(t.Context(), "a"); holder != "sealed-1" || left <= 0 || err != nil {
		t.Errorf("held by %q for %v, %v, want sealed-1", holder, left, err)
	}
	for _, c := range []tier.Claim{other, one, one} { // who has it not ends nothing
		if err := d.Release(t.Context(), "a", c.ID); err != nil {
			t.Fatal(err)
		}
	}
	if holder, left, err := d.Holder(t.Context(), "a"); holder != "" || left != 0 || err != nil {
		t.Errorf("held by %q for %v, %v, want nobody", holder, left, err)
	}
	if _, left, err := d.Acquire(t.Context(), "a", other, time.Minute); left != 0 || err != nil {
		t.Errorf("got %v left, %v, want the lease", left, err)
	}
}

func TestAStaleHoldersWriteIsRefused(t *testing.T) {
	for name, meanwhile := range map[string]func(*testing.T, *driver){
		"another has the lease": func(t *testing.T, d *driver) {
			d.Release(t.Context(), "a", "stale")
			d.Acquire(t.Context(), "a", tier.Claim{ID: "new"}, time.Minute)
		},
		"another has had it, and written": func(t *testing.T, d *driver) {
			d.Release(t.Context(), "a", "stale")
			put(t, d, "a", []byte("new"), tier.Claim{})
		},
		"somebody has deleted": func(t *testing.T, d *driver) { put(t, d, "a", nil, tier.Claim{}) },
	} {
		t.Run(name, func(t *testing.T) {
			d := connect(t, redistest.Start(t, redistest.Options{}))
			put(t, d, "a", []byte("old"), tier.Claim{})
			claim := tier.Claim{ID: "stale"}
			claim.Number, _, _ = d.Acquire(t.Context(), "a", claim, time.Minute)
			meanwhile(t, d)
			before := get(t, d, "a")
			if _, err := d.Put(t.Context(), "a", []byte("stale"), claim); !errors.Is(err, fob.ErrLeaseLost) {
				t.Errorf("got %v, want %v", err, fob.ErrLeaseLost)
			}
			wantCopy(t, d, "a", before)
		})
	}
}

func TestALeaseWithoutAnEndIsNobodys(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	d := connect(t, server)
	server.CLI("SET", "fob:{a}:lease", "somebody else")
	if _, left, err := d.Acquire(t.Context(), "a", tier.Claim{ID: "me"}, time.Minute); left != 0 || err != nil {
		t.Errorf("got %v left, %v, want the lease", left, err)
	}
}

func TestTheListHasWhatIsOurs(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	s, err := Open(Options{URL: server.URL(), Keys: NewKey(), Prefix: "a*[b]:"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put(t, s.far, "mine", []byte("x"), tier.Claim{})
	s.far.Acquire(t.Context(), "mine", tier.Claim{ID: "x"}, time.Minute)
	s.far.Ping(t.Context())
	server.CLI("HSET", "ab:{other}", "v", "x")
	server.CLI("HSET", "axxb:{other}", "v", "x")
	if names, err := s.far.List(t.Context()); err != nil || len(names) != 1 || names[0] != "mine" {
		t.Errorf("got %q, %v, want mine", names, err)
	}
}

func TestScriptsAreFoundAgain(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	d := connect(t, server)
	put(t, d, "a", []byte("x"), tier.Claim{})
	server.CLI("SCRIPT", "FLUSH")
	put(t, d, "a", []byte("y"), tier.Claim{})
}

func TestManyUseOneConnection(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	d := connect(t, server)
	done := make(chan error)
	for range 20 {
		go func() { done <- d.Ping(t.Context()) }()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := clients(server); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestACallersEndIsHisAlone(t *testing.T) {
	server := redistest.Start(t, redistest.Options{})
	d := connect(t, server)
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	cancel(over)
	if _, err := d.Get(ctx, "a"); !errors.Is(err, over) {
		t.Errorf("got %v, want the cause", err)
	}
	wantCopy(t, d, "a", tier.Copy{})
}

func TestASlowServerIsGivenMoreTime(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s, err := Open(Options{URL: "redis://" + silent.Addr().String(), Keys: NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, want := range []time.Duration{dialTimeout, 2 * dialTimeout, 4 * dialTimeout} {
		if got := s.far.patience(); got != want {
			t.Errorf("it has %v, want %v", got, want)
		}
		if want < 4*dialTimeout {
			s.far.Ping(t.Context())
		}
	}
}

func TestCloseDoesNotWaitForAGreeting(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s, err := Open(Options{URL: "rediss://" + silent.Addr().String(), Keys: NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	BePatient(s)
	go s.far.Ping(t.Context())
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	start := time.Now()
	if _, err := conn.Read(make([]byte, 1)); err != nil { // the handshake has begun
		t.Fatal(err)
	}
	s.Close()
	if took := time.Since(start); took >= s.far.patience() {
		t.Errorf("Close took %v", took)
	}
}
