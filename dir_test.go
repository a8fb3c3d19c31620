package fob_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
)

func TestDirKeepsRecordsForThisUserAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps other users out by the profile directory's access list")
	}
	path := filepath.Join(t.TempDir(), "fob")
	os.MkdirAll(path, 0o755)
	if err := fob.Dir(path).Put(t.Context(), "k1-a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{path: 0o700, filepath.Join(path, "k1-a.rec"): 0o600} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(p), info.Mode().Perm(), want)
		}
	}
}

func TestDirRefusesNamesThatLeaveIt(t *testing.T) {
	d := fob.Dir(filepath.Join(t.TempDir(), "fob"))
	for _, name := range []string{"", "../x", "a/b", "A", "-a", ".a", "a\x00", "a b", `a\b`, strings.Repeat("a", 129), "é"} {
		if err := d.Put(t.Context(), name, nil); err == nil {
			t.Errorf("%q was taken for a record name", name)
		}
		if _, err := d.Get(t.Context(), name); err == nil || errors.Is(err, fob.ErrNotFound) {
			t.Errorf("%q was looked up", name)
		}
	}
}

func TestDirIsNeverInTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, d := range []fob.Dir{"", "tokens", "./tokens"} {
		if err := d.Put(t.Context(), "k1-a", nil); err == nil {
			t.Errorf("%q: wrote somewhere", d)
		}
	}
	if files, _ := os.ReadDir("."); len(files) > 0 {
		t.Errorf("made %v in the working directory", files)
	}
}

func TestDirListsRecordsAndNothingElse(t *testing.T) {
	d := fob.Dir(filepath.Join(t.TempDir(), "fob"))
	if names, err := d.List(t.Context()); len(names) != 0 || err != nil {
		t.Errorf("a directory that is not there: got %v, %v", names, err)
	}
	for _, name := range []string{"b", "a.lock", "a"} {
		d.Put(t.Context(), name, nil)
		unlock, err := d.Lock(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	d.Delete(t.Context(), "b")
	if got, want := must(d.List(t.Context())), []string{"a", "a.lock"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := d.Delete(t.Context(), "b"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestDirsLockIsHeldByOneAndWaitedForWithinTheContext(t *testing.T) {
	d := fob.Dir(filepath.Join(t.TempDir(), "fob"))
	unlock, err := d.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.Lock(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second holder: got %v, want a deadline", err)
	}
	unlock()
	again, err := d.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	again()
}
