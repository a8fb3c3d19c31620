package seal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
)

var place = fob.Binding{Record: "k1-a", Field: "refresh", Generation: 1<<63 + 1}

func TestASealOpensInItsPlaceOnly(t *testing.T) {
	k := seal.NewKey()
	plain := fob.Secret("r-fob-canary-7f3a9c" + strings.Repeat("x", 64<<10))
	sealed, err := k.Seal(plain, place)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(sealed, place); err != nil || got != plain {
		t.Errorf("64 kB did not come back (error %v)", err)
	}
	for name, b := range map[string]fob.Binding{
		"another record":      {Record: "k1-b", Field: "refresh", Generation: place.Generation},
		"another field":       {Record: "k1-a", Field: "access", Generation: place.Generation},
		"an older generation": {Record: "k1-a", Field: "refresh", Generation: place.Generation - 1},
	} {
		if _, err := k.Open(sealed, b); !errors.Is(err, fob.ErrSeal) {
			t.Errorf("moved to %s: got %v, want ErrSeal", name, err)
		}
	}
}

func TestAChangedSealIsRefused(t *testing.T) {
	k := seal.NewKey()
	sealed, _ := k.Seal("r-fob-canary-7f3a9c", place)
	for i := range sealed {
		if i+1 == len(sealed) || sealed[i+1] == '.' {
			continue // the last letter of a part has bits that base64 does not use
		}
		changed := []byte(sealed)
		changed[i] ^= 1
		if _, err := k.Open(string(changed), place); err == nil {
			t.Fatalf("byte %d changed: opened", i)
		}
	}
	if _, err := k.Open("not a seal", place); !errors.Is(err, fob.ErrSeal) {
		t.Errorf("got %v, want ErrSeal", err)
	}
}

func TestAnotherKeysSealIsForeignNotBroken(t *testing.T) {
	sealed, _ := seal.NewKey().Seal("r-fob-canary-7f3a9c", place)
	if _, err := seal.NewKey().Open(sealed, place); !errors.Is(err, fob.ErrForeignKey) {
		t.Errorf("got %v, want ErrForeignKey", err)
	}
}

func FuzzOpen(f *testing.F) {
	k := seal.NewKey()
	sealed, _ := k.Seal("r-fob-canary-7f3a9c", place)
	f.Add(sealed)
	f.Add("a.b.c.d.e")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := k.Open(text, place); err == nil && got != "r-fob-canary-7f3a9c" {
			t.Fatal("opened something that was never sealed")
		}
	})
}
