package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
)

// home is a user's data and records.
type home struct {
	dir     string
	records fob.Dir
	chest   *chest
}

func newHome(t *testing.T) home {
	dir := t.TempDir()
	return home{dir, fob.Dir(filepath.Join(dir, "tokens")), new(chest)}
}

// ring is that of a process that begins now.
func (h home) ring() *seal.Ring { return ringIn(h.dir, h.chest) }

func (h home) shelf() seal.Shelf { return seal.Shelf{Dir: h.records, Reseal: seal.Record} }

var secrets = map[string]fob.Secret{"refresh": "r-fob-canary-7f3a9c", "access": "a-fob-canary-7f3a9c", "colour": "c-fob-canary-7f3a9c"}

// sealed is a record of secrets, with a line that only a newer program knows.
func sealed(t *testing.T, s fob.Sealer, name string) []byte {
	t.Helper()
	ls := []lines.Line{{Key: "generation", Value: "7"}, {Key: "type", Value: "Bearer"}, {Key: "shape", Value: "round"}}
	for field, plain := range secrets {
		ls = append(ls, lines.Line{Key: field + ".jwe", Value: mustSeal(t, s, plain, fob.Binding{Record: name, Field: field, Generation: 7})})
	}
	data, err := lines.Encode("fob-record", 1, ls)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (h home) put(t *testing.T, s fob.Sealer, name string) {
	t.Helper()
	h.keep(t, name, sealed(t, s, name))
}

func (h home) keep(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := h.records.Put(t.Context(), name, data); err != nil {
		t.Fatal(err)
	}
}

// check opens a record as another process would.
func (h home) check(t *testing.T, name string) record.Record {
	t.Helper()
	data, err := h.records.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.Decode(data)
	if err != nil || len(r.Sealed) != len(secrets) || r.Type != "Bearer" || !bytes.Contains(data, []byte("\nshape=round\n")) {
		t.Fatalf("%s is not what it was, but for its seals (error %v)", name, err)
	}
	for field, want := range secrets {
		got, err := h.ring().Open(r.Sealed[field], fob.Binding{Record: name, Field: field, Generation: r.Generation})
		if err != nil || got != want {
			t.Errorf("%s of %s does not open: %v", field, name, err)
		}
	}
	return r
}

func TestRekeySealsAllAnewAndForgetsTheOldKey(t *testing.T) {
	for _, move := range []struct{ from, to, lies seal.Place }{
		{seal.InFile, seal.InKeyring, seal.InKeyring},
		{seal.InKeyring, seal.InFile, seal.InFile},
		{seal.InKeyring, seal.None, seal.InKeyring},
		{seal.InFile, seal.None, seal.InFile},
		{seal.None, seal.None, seal.InKeyring},
	} {
		t.Run(fmt.Sprint(move.from, " to ", move.to), func(t *testing.T) {
			h := newHome(t)
			if move.from != seal.None {
				if _, err := h.ring().Rekey(t.Context(), move.from); err != nil {
					t.Fatal(err)
				}
				h.put(t, h.ring(), "k1-a")
				h.put(t, h.ring(), "k1-b")
			}
			before, _ := os.ReadFile(h.ring().Path)
			done, err := h.ring().Rekey(t.Context(), move.to, h.shelf())
			if err != nil || done.Place != move.lies || len(done.Left) > 0 || done.Kept != nil {
				t.Fatalf("got %+v, %v, want all sealed anew, and the key in the %s", done, err, move.lies)
			}
			if move.from == seal.None {
				return
			}
			if r := h.check(t, "k1-a"); done.Sealed != 2 || r.Generation != 8 {
				t.Errorf("%d records sealed anew, one of generation %d, want 2, of generation 8", done.Sealed, r.Generation)
			}
			h.check(t, "k1-b")
			after := list(t, h.ring())
			if strings.Contains(after, string(bytes.TrimSpace(before))) || strings.Count(after, "\n") != 1 {
				t.Error("the old key is listed still")
			}
			if want := map[seal.Place]int{seal.InKeyring: 1}[move.lies]; len(h.chest.items) != want {
				t.Errorf("the keyring holds %d secrets, want %d", len(h.chest.items), want)
			}
		})
	}
}

func TestWhatCannotBeOpenedKeepsTheOldKeyUntilItIsGone(t *testing.T) {
	h := newHome(t)
	choose(t, h.ring(), seal.InKeyring)
	h.put(t, h.ring(), "k1-good")
	h.put(t, seal.NewKey(), "k1-foreign")
	h.put(t, h.ring(), "k1-old.bad") // set aside: nobody reads it
	data, _ := h.records.Get(t.Context(), "k1-good")
	h.keep(t, "k1-moved", data)
	h.keep(t, "k1-torn", data[:len(data)/2])
	before := h.contents(t)

	done, err := h.ring().Rekey(t.Context(), seal.InFile, h.shelf())
	var left []string
	for _, err := range done.Left {
		var r *seal.RecordError
		if errors.As(err, &r) {
			left = append(left, r.Name)
		}
	}
	if want := []string{"k1-foreign", "k1-moved", "k1-torn"}; err != nil || !slices.Equal(left, want) || done.Sealed != 1 {
		t.Errorf("left %v (error %v), want %v", left, err, want)
	}
	h.check(t, "k1-good")
	after := h.contents(t)
	for _, name := range append(left, "k1-old.bad") {
		if after[name] != before[name] {
			t.Errorf("%s was touched", name)
		}
		h.records.Delete(t.Context(), name)
	}
	if n := strings.Count(list(t, h.ring()), "\n"); n != 2 || len(h.chest.items) != 1 {
		t.Errorf("%d keys are listed and %d in the keyring, want both, the old one there", n, len(h.chest.items))
	}

	if done, err := h.ring().Rekey(t.Context(), seal.None, h.shelf()); err != nil || len(done.Left) > 0 {
		t.Fatalf("once they are gone: got %+v, %v", done, err)
	}
	h.check(t, "k1-good")
	if n := strings.Count(list(t, h.ring()), "\n"); n != 1 || len(h.chest.items) != 0 {
		t.Errorf("%d keys are listed and %d in the keyring, want the new one alone", n, len(h.chest.items))
	}
}

func (h home) contents(t *testing.T) map[string]string {
	t.Helper()
	names, err := h.records.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, name := range names {
		data, _ := h.records.Get(t.Context(), name)
		all[name] = string(data)
	}
	return all
}

func TestRekeyRefusesWithoutTheKeyring(t *testing.T) {
	for _, from := range []seal.Place{seal.InFile, seal.InKeyring} {
		h := newHome(t)
		if _, err := h.ring().Rekey(t.Context(), from); err != nil {
			t.Fatal(err)
		}
		h.put(t, h.ring(), "k1-a")
		keys, records := list(t, h.ring()), h.contents(t)
		h.chest.fail = locked
		if _, err := h.ring().Rekey(t.Context(), seal.InKeyring, h.shelf()); !errors.As(err, new(*seal.KeyringError)) {
			t.Errorf("from the %s: got %v, want a KeyringError", from, err)
		}
		if list(t, h.ring()) != keys || !maps.Equal(h.contents(t), records) {
			t.Errorf("from the %s: something changed", from)
		}
	}
}

func TestAnOldKeyThatStaysInTheKeyringStaysListed(t *testing.T) {
	h := newHome(t)
	choose(t, h.ring(), seal.InKeyring)
	h.chest.fail = func(op string) error {
		if op == "delete" {
			return errLocked
		}
		return nil
	}
	done, err := h.ring().Rekey(t.Context(), seal.InFile)
	if n := strings.Count(list(t, h.ring()), "\n"); err != nil || !errors.Is(done.Kept, errLocked) || n != 2 {
		t.Errorf("got %v, %v and %d keys listed, want the reason and 2", done.Kept, err, n)
	}
}

type crash struct{}

// crashed runs f, which may end half way.
func crashed(f func()) (yes bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, yes = r.(crash); !yes {
				panic(r)
			}
		}
	}()
	f()
	return false
}

// Steps lie before and after each change of the keyring and each record: between two of them at most one file is written.
func TestRekeyThatEndsHalfWayIsCompletedByTheNext(t *testing.T) {
	for _, move := range [][2]seal.Place{{seal.InFile, seal.InKeyring}, {seal.InKeyring, seal.InFile}, {seal.InKeyring, seal.InKeyring}} {
		steps := 1
		for ; rekeyUntil(t, move[0], move[1], steps); steps++ {
		}
		if steps < 4 {
			t.Errorf("from %s to %s there are %d steps: the test has lost its hold", move[0], move[1], steps)
		}
	}
}

// rekeyUntil has a rekey crash at that step, and reports whether there is such a step.
func rekeyUntil(t *testing.T, from, to seal.Place, last int) (yes bool) {
	t.Helper()
	h := newHome(t)
	if _, err := h.ring().Rekey(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	h.put(t, h.ring(), "k1-a")
	h.put(t, h.ring(), "k1-b")
	before := h.ring()
	_, old, _ := before.Place()
	n := 0
	step := func() {
		if n++; n == last {
			panic(crash{})
		}
	}
	h.chest.step = step
	shelf := h.shelf()
	shelf.Reseal = func(name string, data []byte, from, to fob.Sealer) ([]byte, error) {
		step()
		return seal.Record(name, data, from, to)
	}
	yes = crashed(func() {
		if _, err := h.ring().Rekey(t.Context(), to, shelf); err != nil {
			t.Error(err)
		}
	})
	h.chest.step = nil
	h.check(t, "k1-a")
	h.check(t, "k1-b")
	h.put(t, before, "k1-c") // by a process that has been there all along

	done, err := h.ring().Rekey(t.Context(), to, h.shelf())
	if err != nil || len(done.Left) > 0 {
		t.Fatalf("after a crash at step %d: got %+v, %v", last, done, err)
	}
	for _, name := range []string{"k1-a", "k1-b", "k1-c"} {
		h.check(t, name)
	}
	if _, kept := h.chest.items["fob/"+old]; kept || strings.Count(list(t, h.ring()), "\n") != 1 {
		t.Errorf("after a crash at step %d: an old key is left", last)
	}
	return yes
}

// A process that has locked a record, and sealed under the old key what it is about to write, is waited for.
func TestRekeyWaitsForWhoIsAboutToWrite(t *testing.T) {
	h := newHome(t)
	h.put(t, h.ring(), "k1-first")
	data := sealed(t, h.ring(), "k1-new")
	unlock, err := h.records.Lock(t.Context(), "k1-new")
	if err != nil {
		t.Fatal(err)
	}
	begun, shelf := make(chan struct{}), h.shelf()
	shelf.Reseal = func(name string, data []byte, from, to fob.Sealer) ([]byte, error) {
		if name == "k1-first" {
			close(begun)
		}
		return seal.Record(name, data, from, to)
	}
	done := make(chan error)
	go func() {
		_, err := h.ring().Rekey(t.Context(), seal.InKeyring, shelf)
		done <- err
	}()
	<-begun // and the new key is listed
	h.keep(t, "k1-new", data)
	unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	h.check(t, "k1-new")
}

// Each holds what the other waits for: the list's lock is Rekey's, the record's is the writer's.
func TestTheFirstSealDoesNotWaitForTheFirstRekey(t *testing.T) {
	h := newHome(t)
	h.put(t, seal.NewKey(), "k1-a") // the list is lost
	unlock, err := h.records.Lock(t.Context(), "k1-a")
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	h.chest.step = sync.OnceFunc(func() { // Rekey is making its key
		go func() {
			defer unlock()
			_, err := h.ring().Seal("r-fob-canary-7f3a9c", fob.Binding{Record: "k1-a", Field: "refresh"})
			written <- err
		}()
		time.Sleep(20 * time.Millisecond) // no list is there until then
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := h.ring().Rekey(ctx, seal.InKeyring, h.shelf()); err != nil {
		t.Errorf("rekey: %v", err)
	}
	if err := <-written; err != nil {
		t.Errorf("seal: %v", err)
	}
}

func TestProcessesGoOnWritingWhileTheKeyChanges(t *testing.T) {
	h := newHome(t)
	choose(t, h.ring(), seal.InKeyring)
	const writers, writes = 4, 25
	var wg sync.WaitGroup
	for i := range writers {
		ring, name := h.ring(), fmt.Sprint("k1-", i) // each a process of its own
		wg.Go(func() {
			for range writes {
				unlock, err := h.records.Lock(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := h.records.Get(t.Context(), name); err == nil {
					h.check(t, name)
				}
				h.put(t, ring, name)
				unlock()
			}
		})
	}
	for _, to := range []seal.Place{seal.InFile, seal.InKeyring, seal.InKeyring, seal.InFile} {
		if done, err := h.ring().Rekey(t.Context(), to, h.shelf()); err != nil || len(done.Left) > 0 {
			t.Errorf("to the %s: got %+v, %v", to, done, err)
		}
	}
	wg.Wait()
	for i := range writers {
		h.check(t, fmt.Sprint("k1-", i))
	}
}

// A process that is stopped, or hangs, would else be waited for as long as it does.
func TestRekeyLeavesARecordThatSomebodyHoldsForAMinute(t *testing.T) {
	h := newHome(t)
	for _, name := range []string{"k1-a", "k1-b", "k1-c"} {
		h.put(t, h.ring(), name)
	}
	synctest.Test(t, func(t *testing.T) {
		unlock, err := h.records.Lock(t.Context(), "k1-b")
		if err != nil {
			t.Fatal(err)
		}
		ring, waited := h.ring(), ""
		ring.Waiting = func(lock string) (over func()) {
			begin := time.Now()
			return func() {
				if time.Since(begin) >= time.Minute {
					waited += filepath.Base(lock)
				}
			}
		}
		done, err := ring.Rekey(t.Context(), seal.InFile, h.shelf())
		var held *seal.LockedError
		if err != nil || done.Sealed != 2 || len(done.Left) != 1 || !errors.As(done.Left[0], &held) || filepath.Base(held.Path) != "k1-b.lock" || waited != "k1-b.lock" {
			t.Errorf("got %+v, %v, having waited for %q; want 2 sealed, and k1-b left", done, err, waited)
		}
		unlock()
	})
	h.check(t, "k1-b") // for which the old key stays
	if done, err := h.ring().Rekey(t.Context(), seal.InFile, h.shelf()); err != nil || done.Sealed != 3 || len(done.Left) > 0 {
		t.Errorf("the next one: got %+v, %v, want 3 sealed", done, err)
	}
}

func TestRekeyWaitsAMinuteForAnother(t *testing.T) {
	h := newHome(t)
	synctest.Test(t, func(t *testing.T) {
		unlock, err := fob.Dir(filepath.Dir(h.ring().Path)).Lock(t.Context(), "seal")
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		var held *seal.LockedError
		if _, err := h.ring().Rekey(t.Context(), seal.InFile, h.shelf()); !errors.As(err, &held) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a *LockedError", err)
		}
	})
}

func TestRekeyEndsWithItsContext(t *testing.T) {
	h := newHome(t)
	h.put(t, h.ring(), "k1-a")
	unlock, err := h.records.Lock(t.Context(), "k1-a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := h.ring().Rekey(ctx, seal.InFile, h.shelf())
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	unlock()
	h.check(t, "k1-a")
}
