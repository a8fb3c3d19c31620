package stored_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/stored"
)

func TestANewKeyOpensWhatWasTypedIn(t *testing.T) {
	store, old, next := new(fob.Memory), seal.NewKey(), seal.NewKey()
	want := stored.Credential{Place: hub, Username: "ann", Secret: "p-" + canary, Refresh: "r-" + canary}
	if err := (stored.Shelf{Store: store, Sealer: old}).Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	names, _ := store.List(t.Context())
	data, _ := store.Get(t.Context(), names[0])
	ls, _ := lines.Decode("fob-stored", 1, data)
	data, _ = lines.Encode("fob-stored", 1, append(ls, lines.Line{Key: "colour", Value: "blue"})) // of a newer program

	again, err := stored.Reseal(names[0], data, old, next)
	if err != nil || !bytes.Contains(again, []byte("\ncolour=blue\n")) {
		t.Fatalf("a line of a newer program was lost (error %v)", err)
	}
	store.Put(t.Context(), names[0], again)
	if got, err := (stored.Shelf{Store: store, Sealer: next}).Get(t.Context(), hub, "", nil); err != nil || !same(got, want) {
		t.Errorf("under the new key: got %v, %v, want what was put", got, err)
	}
	if data, err := stored.Reseal(names[0], again, old, next); data != nil || err != nil {
		t.Errorf("sealed anew twice (error %v)", err)
	}
	if _, err := stored.Reseal(names[0], again, old, seal.NewKey()); !errors.Is(err, fob.ErrForeignKey) {
		t.Errorf("under a foreign key: got %v, want %v", err, fob.ErrForeignKey)
	}
	if _, err := stored.Reseal("s1-another", data, old, next); err == nil {
		t.Error("a secret was moved to another record, and sealed there")
	}
	if _, err := stored.Reseal(names[0], again[1:], old, next); !errors.Is(err, lines.ErrCorrupt) {
		t.Errorf("damaged: got %v, want %v", err, lines.ErrCorrupt)
	}
}
