package fartest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/tier"
	"github.com/fobkit/fob/internal/tier/fartest"
)

func TestAWrongClockMovesWhatIsReadAndWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, key := new(fartest.Server), seal.NewKey()
		join := func(ahead time.Duration) fartest.Shared {
			store := &tier.Store{Far: server.Link(fartest.Way{}), Sealer: key}
			t.Cleanup(store.Close)
			return fartest.Skewed(store, ahead)
		}
		issued := time.Unix(1_763_000_000, 0)
		data, err := record.Record{Generation: 1, Access: "fob-canary-7f3a9c", Type: "Bearer", Issued: issued, Expiry: issued.Add(time.Hour)}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := join(3*time.Minute).Put(t.Context(), "k1-a", data); err != nil {
			t.Fatal(err)
		}
		seen, err := join(-2*time.Minute).Get(t.Context(), "k1-a")
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Decode(seen)
		if got, want := r.Issued.Sub(issued), 5*time.Minute; err != nil || got != want {
			t.Errorf("a token of a clock 3 min ahead seems issued %v later to one 2 min behind, %v, want %v", got, err, want)
		}
		if life := r.Expiry.Sub(r.Issued); life != time.Hour {
			t.Errorf("it lives for %v, want an hour", life)
		}
	})
}
