package keyring

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	gokeyring "github.com/zalando/go-keyring"
)

const canary = "fob-canary-7f3a9c"

func TestASecretIsFoundByServiceAndAccount(t *testing.T) {
	gokeyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere") // the mock asks no bus
	if err := gokeyring.Set("corp", "build/17", "s-"+canary); err != nil {
		t.Fatal(err)
	}
	if got, err := (Keyring{}).Secret(t.Context(), "corp/build/17"); got != "s-"+canary || err != nil {
		t.Errorf("got %v, %v, want the secret", got, err)
	}
	if _, err := (Keyring{}).Secret(t.Context(), "corp/other"); !errors.Is(err, fob.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	for _, name := range []string{"", "corp", "/x", "corp/"} {
		if _, err := (Keyring{}).Secret(t.Context(), name); !errors.Is(err, ErrName) {
			t.Errorf("%q: got %v, want %v", name, err, ErrName)
		}
	}
}

func TestWithoutASessionBusNoneIsStarted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only the Secret Service needs a bus")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, err := (Keyring{}).Secret(t.Context(), "corp/build"); !errors.Is(err, ErrNone) {
		t.Errorf("got %v, want %v", err, ErrNone)
	}
}

func TestAKeyringThatHangsIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		start := time.Now()
		_, err := Keyring{}.ask(context.Background(), func() (string, error) { <-release; return "", nil })
		if !errors.Is(err, ErrTimeout) || time.Since(start) != 3*time.Second {
			t.Errorf("got %v after %v, want %v after 3s", err, time.Since(start), ErrTimeout)
		}
	})
}
