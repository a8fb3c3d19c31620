//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fobkit/fob/internal/atomicfile"
)

func TestNoTokenIsWrittenWhereOthersMayWrite(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o777: false, 0o777 | os.ModeSticky: false} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		o := &origin{life: 1e12}
		w := watch(t, o)
		w.path = filepath.Join(dir, "token")
		err := w.renew(t.Context())
		if _, statErr := os.Stat(w.path); (statErr == nil) != want || errors.As(err, new(*atomicfile.UntrustedError)) == want {
			t.Errorf("directory of mode %v: %v, want it written: %v", mode, err, want)
		}
	}
}

func TestALinkIsNoPlaceForAToken(t *testing.T) {
	o := &origin{life: 1e12}
	w := watch(t, o)
	other := filepath.Join(t.TempDir(), "other")
	if err := os.Symlink(other, w.path); err != nil {
		t.Fatal(err)
	}
	if err := w.renew(t.Context()); !errors.As(err, new(*placeError)) {
		t.Errorf("got %v, want a placeError", err)
	}
}

func TestTheModeIsTheOneAskedFor(t *testing.T) {
	o := &origin{life: 1e12}
	w := watch(t, o)
	for _, w.mode = range []os.FileMode{0o600, 0o640, 0o400} {
		if err := w.renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(w.path); err != nil || info.Mode() != w.mode {
			t.Errorf("mode %v, %v, want %v", info.Mode(), err, w.mode)
		}
	}
}
