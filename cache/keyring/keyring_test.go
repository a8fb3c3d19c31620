package keyring

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
	if err := (Keyring{}).Set(t.Context(), "corp/build/17", "s-"+canary); err != nil {
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

func TestWhatIsDeletedIsNotFound(t *testing.T) {
	gokeyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	k := Keyring{}
	if err := k.Set(t.Context(), "corp/build", "s-"+canary); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is gone already
		if err := k.Delete(t.Context(), "corp/build"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := k.Secret(t.Context(), "corp/build"); !errors.Is(err, fob.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestWhatAKeyringSaysOfItsTroubleIsNotRepeated(t *testing.T) {
	gokeyring.MockInitWithError(errors.New("cannot tell " + canary))
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	_, read := (Keyring{}).Secret(t.Context(), "corp/build")
	for _, err := range []error{read, (Keyring{}).Set(t.Context(), "corp/build", "s"), (Keyring{}).Delete(t.Context(), "corp/build")} {
		if err != ErrFailed {
			t.Errorf("got an error of type %T, want %v", err, ErrFailed)
		}
	}
}

// godbus would run dbus-launch for each of these.
func TestWithoutASessionBusNoneIsStarted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only the Secret Service needs a bus")
	}
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]struct{ address, runtimeDir string }{
		"nothing":                 {"", ""},
		"a runtime dir without":   {"", t.TempDir()},
		"a bus where none looks":  {"", elsewhere},
		"a bus yet to be started": {"autolaunch:", ""},
	} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", env.address)
		t.Setenv("XDG_RUNTIME_DIR", env.runtimeDir)
		if _, err := (Keyring{}).Secret(t.Context(), "corp/build"); !errors.Is(err, ErrNone) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNone)
		}
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
