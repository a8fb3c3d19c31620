package stored_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/stored"
)

const canary = "fob-canary-7f3a9c"

var (
	hub  = stored.Place{Tool: "docker", Server: "https://index.docker.io/v1/"}
	repo = stored.Place{Tool: "git", Server: "https://git.example/team/repo.git"}
)

func newShelf() (stored.Shelf, *fob.Memory) {
	store := new(fob.Memory)
	return stored.Shelf{Store: store, Sealer: seal.NewKey()}, store
}

func put(t testing.TB, shelf stored.Shelf, c stored.Credential) {
	t.Helper()
	if err := shelf.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// user is someone's password at repo.
func user(name, password string) stored.Credential {
	return stored.Credential{Place: repo, Username: name, Secret: fob.Secret(password + "-" + canary)}
}

// same reports whether got is what was put, whenever that was.
func same(got, want stored.Credential) bool {
	got.Kept, want.Kept = time.Time{}, time.Time{}
	return got == want
}

func TestWhatIsPutComesBackAndLiesSealed(t *testing.T) {
	shelf, store := newShelf()
	for _, want := range []stored.Credential{
		{Place: hub, Username: "ann", Secret: "p-" + canary},
		{Place: hub, Username: "<token>", Secret: "identity-" + canary},
		{Place: repo, Username: "ann", Secret: "a=b-" + canary, Refresh: "r-" + canary, Expiry: time.Unix(4102444800, 0)},
		{Place: stored.Place{Tool: "git", Server: "https://bearer.example"}, Secret: "b-" + canary, AuthType: "Bearer"},
		{Place: stored.Place{Tool: "git", Server: "https://sso.example"}}, // no name and no password: the connection says who it is
	} {
		put(t, shelf, want)
		if got, err := shelf.Get(t.Context(), want.Place, want.Username, nil); err != nil || !same(got, want) {
			t.Errorf("%v: got %+v, %v, want what was put", want.Place, got, err)
		}
	}
	names, _ := store.List(t.Context())
	for _, n := range names {
		if data, _ := store.Get(t.Context(), n); bytes.Contains(data, []byte("canary")) {
			t.Error("a secret lies in the clear")
		}
	}
	all, err := shelf.List(t.Context())
	if err != nil || len(all) != 4 {
		t.Errorf("listed %d, %v, want 4: a second docker login replaces the first", len(all), err)
	}
	for _, c := range all {
		if c.Secret != "" || c.Refresh != "" {
			t.Error("a secret is listed")
		}
	}
}

// TestRecordOfOldIsRead: when docker login was all there was, a record named no tool and no time.
func TestRecordOfOldIsRead(t *testing.T) {
	shelf, store := newShelf()
	const name = "s1-79618eba999b582439820b4085b5a2177eb3fba64779485ea4876c08da310077"
	put(t, shelf, stored.Credential{Place: hub, Username: "ann", Secret: "p-" + canary})
	names, _ := store.List(t.Context())
	data, _ := store.Get(t.Context(), names[0])
	ls, _ := lines.Decode("fob-stored", 1, data)
	var old []lines.Line
	for _, l := range ls {
		if l.Key == "server" || l.Key == "username" || l.Key == "secret.jwe" {
			old = append(old, l)
		}
	}
	data, _ = lines.Encode("fob-stored", 1, old)
	store.Put(t.Context(), names[0], data)
	if got, err := shelf.Get(t.Context(), hub, "", nil); err != nil || got.Username != "ann" || got.Secret != "p-"+canary || names[0] != name {
		t.Errorf("record %s: got %v, %v, want what was put", names[0], got, err)
	}
}

func TestOfSeveralUsersTheLastIsGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf, _ := newShelf()
		given := func(asked, want string) {
			t.Helper()
			time.Sleep(time.Second) // fake clock
			if c, err := shelf.Get(t.Context(), repo, asked, nil); err != nil || c.Username != want {
				t.Errorf("user %q: got %q, %v, want %q", asked, c.Username, err, want)
			}
		}
		put(t, shelf, user("ann", "a"))
		given("", "ann")
		put(t, shelf, user("bob", "b"))
		given("", "bob")
		given("ann", "ann")
		put(t, shelf, user("ann", "a")) // she was here last
		given("", "ann")
		if _, err := shelf.Get(t.Context(), repo, "eve", nil); !errors.Is(err, fob.ErrNotFound) {
			t.Errorf("an unknown user: got %v, want not found", err)
		}
		if c, err := shelf.Get(t.Context(), repo, "", func(c stored.Credential) bool { return c.Username == "bob" }); err != nil || c.Username != "bob" {
			t.Errorf("the last who suits: got %q, %v, want bob", c.Username, err)
		}
	})
}

// counted counts what is written.
type counted struct {
	*fob.Memory
	puts int
}

func (c *counted) Put(ctx context.Context, name string, data []byte) error {
	c.puts++
	return c.Memory.Put(ctx, name, data)
}

func TestWhatIsKeptAlreadyIsNotWritten(t *testing.T) {
	store := &counted{Memory: new(fob.Memory)}
	shelf := stored.Shelf{Store: store, Sealer: seal.NewKey()}
	c := user("ann", "a")
	for range 3 {
		put(t, shelf, c)
	}
	if store.puts != 1 {
		t.Errorf("one password given three times was written %d times", store.puts)
	}
	c.Expiry = time.Now().Add(time.Hour)
	if put(t, shelf, c); store.puts != 2 {
		t.Error("a new expiry was not written")
	}
}

func TestWhatHasExpiredIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf, store := newShelf()
		c := user("ann", "a")
		c.Expiry = time.Now().Add(time.Minute).Truncate(time.Second)
		put(t, shelf, c)
		c.Username, c.Refresh = "bob", "r-"+canary
		put(t, shelf, c)
		time.Sleep(time.Minute)
		if _, err := shelf.Get(t.Context(), repo, "ann", nil); !errors.Is(err, fob.ErrNotFound) {
			t.Errorf("expired: got %v, want not found", err)
		}
		if names, _ := store.List(t.Context()); len(names) != 1 {
			t.Errorf("%d records are left, want 1", len(names))
		}
		if c, err := shelf.Get(t.Context(), repo, "", nil); err != nil || c.Username != "bob" || c.Secret != "" || c.Refresh != "r-"+canary || !c.Expiry.IsZero() {
			t.Errorf("expired, with a refresh token: got that of %q, %v, want bob's without the password", c.Username, err)
		}
	})
}

func TestWhatIsForgottenIsNotFound(t *testing.T) {
	shelf, _ := newShelf()
	put(t, shelf, stored.Credential{Place: hub, Secret: "p-" + canary})
	for _, want := range []bool{true, false} {
		if found, err := shelf.Delete(t.Context(), hub, "", nil); found != want || err != nil {
			t.Errorf("delete: found %v, %v, want %v", found, err, want)
		}
	}
	if _, err := shelf.Get(t.Context(), hub, "", nil); !errors.Is(err, fob.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestOnlyWhatIsNamedIsForgotten(t *testing.T) {
	elsewhere := stored.Place{Tool: "git", Server: "https://git.example"}
	password := func(s fob.Secret) *fob.Secret { return &s }
	for _, c := range []struct {
		place    stored.Place
		user     string
		password *fob.Secret
		left     int
	}{
		{repo, "ann", nil, 2},
		{repo, "ann", password("a-" + canary), 2},
		{repo, "ann", password("older-" + canary), 3},
		{repo, "ann", password(""), 3},
		{repo, "", password("b-" + canary), 2},
		{repo, "", password(""), 3},
		{repo, "", nil, 1},
		{repo, "eve", nil, 3},
		{elsewhere, "ann", nil, 2},
		{stored.Place{Tool: "docker", Server: repo.Server}, "", nil, 3},
	} {
		shelf, store := newShelf()
		put(t, shelf, user("ann", "a"))
		put(t, shelf, user("bob", "b"))
		put(t, shelf, stored.Credential{Place: elsewhere, Username: "ann", Secret: "a-" + canary})
		if _, err := shelf.Delete(t.Context(), c.place, c.user, c.password); err != nil {
			t.Error(err)
		}
		if names, _ := store.List(t.Context()); len(names) != c.left {
			t.Errorf("user %q at %v: %d are left, want %d", c.user, c.place, len(names), c.left)
		}
	}
}

// TestPutComesBackForItsPlaceOnly: whatever lies there beside it, a place and user give back byte for byte what was put for them, and any other nothing.
func TestPutComesBackForItsPlaceOnly(t *testing.T) {
	shelf, _ := newShelf()
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	draw := func() stored.Credential {
		server := pick("https", "http") + "://" + pick("a.example", "b.example", "localhost", "[::1]") + pick("", ":8080", ":8443") + pick("", "/", "/a", "/a/b", "/A", "/a b")
		return stored.Credential{Place: stored.Place{Tool: pick("git", "git", "docker", "cargo", "vault"), Server: server}, Username: pick("", "ann", "bob", "a\tb", "ann/")}
	}
	type owner struct {
		stored.Place
		user string
	}
	key := func(c stored.Credential) owner {
		if c.Tool != stored.Several {
			return owner{c.Place, ""}
		}
		return owner{c.Place, c.Username}
	}
	want := make(map[owner]stored.Credential)
	for range 200 {
		c := draw()
		secret := make([]byte, 1+r.IntN(40))
		for i := range secret {
			secret[i] = byte(r.IntN(256))
		}
		c.Secret = fob.Secret(secret)
		put(t, shelf, c)
		want[key(c)] = c
	}
	for range 2000 {
		asked := draw()
		if asked.Tool == stored.Several && asked.Username == "" {
			continue // any user
		}
		got, err := shelf.Get(t.Context(), asked.Place, asked.Username, nil)
		w, ok := want[key(asked)]
		if ok != (err == nil) || ok && !same(got, w) || !ok && !errors.Is(err, fob.ErrNotFound) {
			t.Fatalf("%v user %q: found %v, %v, want %v and byte for byte what was put", asked.Place, asked.Username, err == nil, err, ok)
		}
	}
}

func TestWhatCannotBeReadCanBeForgotten(t *testing.T) {
	for name, forget := range map[string]func(stored.Shelf) (bool, error){
		"delete": func(s stored.Shelf) (bool, error) { return s.Delete(t.Context(), hub, "", nil) },
		"clear":  func(s stored.Shelf) (bool, error) { n, err := s.Clear(t.Context()); return n == 1, err },
	} {
		shelf, store := newShelf()
		put(t, shelf, stored.Credential{Place: hub, Secret: "p-" + canary})
		names, _ := store.List(t.Context())
		store.Put(t.Context(), names[0], []byte("no record"))
		if _, err := shelf.Get(t.Context(), hub, "", nil); !errors.Is(err, lines.ErrCorrupt) {
			t.Errorf("%s: damaged: got %v, want %v", name, err, lines.ErrCorrupt)
		}
		if found, err := forget(shelf); !found || err != nil {
			t.Errorf("%s: found %v, %v, want true", name, found, err)
		}
		if names, _ := store.List(t.Context()); len(names) != 0 {
			t.Errorf("%s: %d records are left", name, len(names))
		}
	}
}

// Who can write a record can copy one: it must not open at another place.
func TestARecordOfAnotherPlaceIsCorrupt(t *testing.T) {
	shelf, store := newShelf()
	put(t, shelf, stored.Credential{Place: hub, Secret: "p-" + canary})
	names, _ := store.List(t.Context())
	data, _ := store.Get(t.Context(), names[0])
	evil := stored.Place{Tool: "docker", Server: "evil.example"}
	put(t, shelf, stored.Credential{Place: evil, Secret: "q-" + canary})
	all, _ := store.List(t.Context())
	for _, n := range all {
		store.Put(t.Context(), n, data)
	}
	if _, err := shelf.Get(t.Context(), evil, "", nil); !errors.Is(err, lines.ErrCorrupt) {
		t.Errorf("got %v, want %v", err, lines.ErrCorrupt)
	}
}

// Else a change of the sealing key that has just read it would bring it back.
func TestNothingIsForgottenUnderAnothersLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf, store := newShelf()
		put(t, shelf, stored.Credential{Place: hub, Secret: "p-" + canary})
		names, _ := store.List(t.Context())
		unlock, err := store.Lock(t.Context(), names[0])
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := shelf.Delete(ctx, hub, "", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while another holds the lock: %v, want %v", err, context.DeadlineExceeded)
		}
		unlock()
		if found, err := shelf.Delete(t.Context(), hub, "", nil); !found || err != nil {
			t.Errorf("then: found %v, %v, want true", found, err)
		}
	})
}

// unsealed shows a fuzzer what it writes.
type unsealed struct{}

func (unsealed) Seal(plain fob.Secret, b fob.Binding) (string, error) {
	return fmt.Sprintf("%s/%s/%x", b.Record, b.Field, string(plain)), nil
}

func (unsealed) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	var plain []byte
	if _, err := fmt.Sscanf(sealed, b.Record+"/"+b.Field+"/%x", &plain); err != nil {
		return "", fob.ErrSeal
	}
	return fob.Secret(plain), nil
}

// FuzzRecord: whatever lies in a record, reading it gives an error or what can be put and read again.
func FuzzRecord(f *testing.F) {
	shelf := stored.Shelf{Store: new(fob.Memory), Sealer: unsealed{}}
	put(f, shelf, stored.Credential{Place: repo, Username: "ann", Secret: "p", Refresh: "r", AuthType: "Basic", Expiry: time.Unix(4102444800, 0)})
	names, _ := shelf.Store.(*fob.Memory).List(f.Context())
	data, _ := shelf.Store.Get(f.Context(), names[0])
	f.Add(data)
	f.Add([]byte("fob-stored=1\nserver=a\nkept_ms=x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, lines.AppendSum(bytes.Clone(data))} { // so that the fuzzer gets past the checksum
			shelf := stored.Shelf{Store: new(fob.Memory), Sealer: unsealed{}}
			shelf.Store.Put(t.Context(), names[0], data)
			c, err := shelf.Get(t.Context(), repo, "ann", nil)
			if err != nil {
				continue
			}
			if c.Place != repo || c.Username != "ann" {
				t.Errorf("what is of %v, user %q, was given to another", c.Place, c.Username)
			}
			put(t, shelf, c)
			if again, err := shelf.Get(t.Context(), repo, "ann", nil); err != nil || !same(again, c) {
				t.Errorf("read %+v, put, and read %+v, %v", c, again, err)
			}
		}
	})
}
