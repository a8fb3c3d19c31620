package seal_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
)

// chest is a keyring in memory.
type chest struct {
	mu    sync.Mutex
	items map[string]fob.Secret
	fail  func(op string) error // what op answers instead; nil: all goes well
	step  func()                // runs before and after each change
	asked int
}

func (c *chest) do(ctx context.Context, op string, f func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.fail != nil {
		if err := c.fail(op); err != nil {
			return err
		}
	}
	f()
	return context.Cause(ctx)
}

func (c *chest) stepped() {
	if c.step != nil {
		c.step()
	}
}

func (c *chest) Secret(ctx context.Context, name string) (value fob.Secret, err error) {
	ok := false
	err = c.do(ctx, "secret", func() { value, ok = c.items[name] })
	if err == nil && !ok {
		err = fob.ErrNotFound
	}
	return value, err
}

func (c *chest) Set(ctx context.Context, name string, value fob.Secret) error {
	c.stepped()
	defer c.stepped()
	return c.do(ctx, "set", func() {
		if c.items == nil {
			c.items = make(map[string]fob.Secret)
		}
		c.items[name] = value
	})
}

func (c *chest) Delete(ctx context.Context, name string) error {
	c.stepped()
	defer c.stepped()
	return c.do(ctx, "delete", func() { delete(c.items, name) })
}

var errLocked = errors.New("keyring is locked")

func locked(string) error { return errLocked }

// ringIn is the ring of one process: dir and keyring are shared by all.
func ringIn(dir string, k seal.Keyring) *seal.Ring {
	return &seal.Ring{Path: filepath.Join(dir, "data", "seal.key"), Keyring: k}
}

func list(t *testing.T, r *seal.Ring) string {
	t.Helper()
	data, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func mustSeal(t *testing.T, s fob.Sealer, plain fob.Secret, b fob.Binding) string {
	t.Helper()
	sealed, err := s.Seal(plain, b)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func choose(t *testing.T, r *seal.Ring, want seal.Place) (id string) {
	t.Helper()
	if _, err := r.Choose(t.Context()); err != nil {
		t.Fatal(err)
	}
	where, id, err := r.Place()
	if where != want || err != nil {
		t.Fatalf("the key lies in the %s (error %v), want the %s", where, err, want)
	}
	return id
}

func TestTheFirstSealMakesOneKeyFileAndAsksNoKeyring(t *testing.T) {
	dir, k := t.TempDir(), new(chest)
	sealed := make([]string, 16)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() { sealed[i] = mustSeal(t, ringIn(dir, k), "s-fob-canary-7f3a9c", place) })
	}
	wg.Wait()
	for _, s := range sealed {
		if _, err := ringIn(dir, k).Open(s, place); err != nil {
			t.Fatalf("two keys: %v", err)
		}
	}
	if where, _, err := ringIn(dir, k).Place(); where != seal.InFile || err != nil || k.asked > 0 {
		t.Errorf("the key lies in the %s (error %v), and the keyring was asked %d times, want the file, and never", where, err, k.asked)
	}
}

func TestOpeningMakesNoKey(t *testing.T) {
	r := ringIn(t.TempDir(), new(chest))
	sealed := mustSeal(t, seal.NewKey(), "s-fob-canary-7f3a9c", place)
	if _, err := r.Open(sealed, place); !errors.Is(err, fob.ErrForeignKey) {
		t.Errorf("got %v, want ErrForeignKey", err)
	}
	if where, _, err := r.Place(); where != seal.None || err != nil {
		t.Errorf("the key lies in the %s (error %v), want none", where, err)
	}
}

func TestALoginChoosesTheKeyringOnce(t *testing.T) {
	dir, k := t.TempDir(), new(chest)
	here := ringIn(dir, k)
	id := choose(t, here, seal.InKeyring)
	if got, want := list(t, here), "keyring:"+id+"\n"; got != want || len(k.items) != 1 {
		t.Errorf("the list is %q and the keyring holds %d secrets, want %q and the key alone", got, len(k.items), want)
	}
	plain := fob.Secret("r-fob-canary-7f3a9c" + strings.Repeat("x", 64<<10))
	sealed := mustSeal(t, here, plain, place)
	if got, err := ringIn(dir, k).Open(sealed, place); err != nil || got != plain {
		t.Errorf("64 kB did not come back in another process (error %v)", err)
	}
	if again := choose(t, ringIn(dir, k), seal.InKeyring); again != id {
		t.Error("a second login chose another key")
	}
}

func TestAFileThatWasChosenStays(t *testing.T) {
	dir, k := t.TempDir(), new(chest)
	mustSeal(t, ringIn(dir, k), "s-fob-canary-7f3a9c", place)
	if choose(t, ringIn(dir, k), seal.InFile); k.asked > 0 {
		t.Errorf("the keyring was asked %d times, want never", k.asked)
	}
}

func TestAKeyringThatIsUnfitIsNotChosen(t *testing.T) {
	failing := func(op string) func(string) error {
		return func(o string) error {
			if o == op {
				return errLocked
			}
			return nil
		}
	}
	for name, k := range map[string]seal.Keyring{
		"it takes nothing":       &chest{fail: failing("set")},
		"it gives nothing back":  &chest{fail: failing("secret")},
		"it cannot delete":       &chest{fail: failing("delete")},
		"it forgets":             forgetful{new(chest)},
		"it has something else":  confused{new(chest)},
		"it is there no more":    &chest{fail: locked},
		"it takes just one try":  &chest{fail: once()},
		"it never ends a change": hanging{},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, start := ringIn(t.TempDir(), k), time.Now()
			unfit, err := r.Choose(t.Context())
			if err != nil || !errors.As(unfit, new(*seal.KeyringError)) {
				t.Errorf("%s: got %v, %v, want a KeyringError as the reason", name, unfit, err)
			}
			if where, _, _ := r.Place(); where != seal.InFile || time.Since(start) > 3*time.Second {
				t.Errorf("%s: the key lies in the %s after %v, want the file within 3s", name, where, time.Since(start))
			}
			if got, err := r.Open(mustSeal(t, r, "s-fob-canary-7f3a9c", place), place); err != nil || got != "s-fob-canary-7f3a9c" {
				t.Errorf("%s: what was sealed did not come back: %v", name, err)
			}
		})
	}
}

type forgetful struct{ *chest }

func (forgetful) Set(context.Context, string, fob.Secret) error { return nil }

type confused struct{ *chest }

func (confused) Secret(context.Context, string) (fob.Secret, error) { return "another", nil }

type hanging struct{ *chest }

func (hanging) Set(ctx context.Context, _ string, _ fob.Secret) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func once() func(string) error {
	sets := 0
	return func(op string) error {
		if op == "set" {
			sets++
		}
		if sets > 1 {
			return errLocked
		}
		return nil
	}
}

func TestAKeyThatCannotBeHadIsForeignAndNothingTakesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, k := t.TempDir(), new(chest)
		choose(t, ringIn(dir, k), seal.InKeyring)
		sealed := mustSeal(t, ringIn(dir, k), "s-fob-canary-7f3a9c", place)
		before := list(t, ringIn(dir, k))

		later := ringIn(dir, k)
		k.fail, k.asked = locked, 0
		for range 3 {
			if _, err := later.Open(sealed, place); !errors.Is(err, fob.ErrForeignKey) || !errors.Is(err, errLocked) {
				t.Errorf("open: got %v, want ErrForeignKey and why", err)
			}
			if _, err := later.Seal("s-fob-canary-7f3a9c", place); !errors.Is(err, errLocked) {
				t.Errorf("seal: got %v, want why there is no key", err)
			}
		}
		if k.asked != 1 {
			t.Errorf("the keyring that fails was asked %d times, want once", k.asked)
		}
		if _, err := ringIn(dir, k).Choose(t.Context()); !errors.As(err, new(*seal.KeyringError)) {
			t.Errorf("login: got %v, want a KeyringError", err)
		}
		if after := list(t, later); after != before {
			t.Errorf("the list became %q, want it left as it was", after)
		}

		k.fail = nil
		time.Sleep(time.Minute)
		if got, err := later.Open(sealed, place); err != nil || got != "s-fob-canary-7f3a9c" {
			t.Errorf("once it is unlocked: got %v, want the secret", err)
		}
	})
}

func TestAKeyThatLeftTheKeyringIsMissedNotReplaced(t *testing.T) {
	dir, k := t.TempDir(), new(chest)
	choose(t, ringIn(dir, k), seal.InKeyring)
	for _, items := range []map[string]fob.Secret{nil, {"fob/other": "x"}} {
		k.items = maps.Clone(items)
		if _, err := ringIn(dir, k).Seal("s-fob-canary-7f3a9c", place); !errors.As(err, new(*seal.KeyringError)) {
			t.Errorf("got %v, want a KeyringError", err)
		}
		if _, err := ringIn(dir, k).Choose(t.Context()); !errors.As(err, new(*seal.KeyringError)) {
			t.Errorf("login: got %v, want a KeyringError", err)
		}
	}
}

func TestADamagedListIsNamedAndLeftAlone(t *testing.T) {
	good := string(seal.NewKey().Text())
	for _, text := range []string{"", "\n", "short", "keyring:", "keyring:0123", "keyring:0123456789ABCDEF", good + "\n\n" + good, good + " " + good} {
		r := ringIn(t.TempDir(), new(chest))
		if err := errors.Join(os.MkdirAll(filepath.Dir(r.Path), 0o700), os.WriteFile(r.Path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		_, sealErr := r.Seal("s-fob-canary-7f3a9c", place)
		_, chooseErr := r.Choose(t.Context())
		_, rekeyErr := r.Rekey(t.Context(), seal.None)
		for _, err := range []error{sealErr, chooseErr, rekeyErr} {
			if err == nil || !strings.Contains(err.Error(), r.Path) {
				t.Errorf("%q: got %v, want an error that names the file", text, err)
			}
		}
		if got := list(t, r); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
