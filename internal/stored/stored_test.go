package stored_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/stored"
)

func TestWhatWasTypedInComesBackAndLiesSealed(t *testing.T) {
	store := new(fob.Memory)
	shelf := stored.Shelf{Store: store, Sealer: seal.NewKey()}
	want := stored.Credential{Server: "https://index.docker.io/v1/", Username: "ann", Secret: "p-fob-canary-7f3a9c"}
	if err := shelf.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := shelf.Get(t.Context(), want.Server); err != nil || got != want {
		t.Errorf("got %v, %v, want what was put", got, err)
	}
	names, _ := store.List(t.Context())
	for _, n := range names {
		if data, _ := store.Get(t.Context(), n); bytes.Contains(data, []byte("canary")) {
			t.Error("the secret lies in the clear")
		}
	}
	all, err := shelf.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Server != want.Server || all[0].Secret != "" {
		t.Errorf("listed %v, %v, want the server without its secret", all, err)
	}
}

func TestWhatIsForgottenIsNotFound(t *testing.T) {
	shelf := stored.Shelf{Store: new(fob.Memory), Sealer: seal.NewKey()}
	shelf.Put(t.Context(), stored.Credential{Server: "a", Secret: "p-fob-canary-7f3a9c"})
	for _, want := range []bool{true, false} {
		if found, err := shelf.Delete(t.Context(), "a"); found != want || err != nil {
			t.Errorf("delete: found %v, %v, want %v", found, err, want)
		}
	}
	if _, err := shelf.Get(t.Context(), "a"); !errors.Is(err, fob.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

// Else a change of the sealing key that has just read it would bring it back.
func TestNothingIsForgottenUnderAnothersLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(fob.Memory)
		shelf := stored.Shelf{Store: store, Sealer: seal.NewKey()}
		shelf.Put(t.Context(), stored.Credential{Server: "a", Secret: "p-fob-canary-7f3a9c"})
		names, _ := store.List(t.Context())
		unlock, err := store.Lock(t.Context(), names[0])
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := shelf.Delete(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while another holds the lock: %v, want %v", err, context.DeadlineExceeded)
		}
		unlock()
		if found, err := shelf.Delete(t.Context(), "a"); !found || err != nil {
			t.Errorf("then: found %v, %v, want true", found, err)
		}
	})
}
