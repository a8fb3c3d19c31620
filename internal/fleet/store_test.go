package fleet

import (
	"testing"
	"time"

	"github.com/fobkit/fob/internal/record"
)

func TestAWrongClockMovesWhatIsReadAndWritten(t *testing.T) {
	issued := time.Unix(1_763_000_000, 0)
	data, err := record.Record{Generation: 1, Access: "fob-canary-7f3a9c", Type: "Bearer", Issued: issued, Expiry: issued.Add(time.Hour)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s := newShared(Params{Seed: 1}, time.Now())
	defer s.close()
	behind, ahead := s.member().(*skewed), s.member().(*skewed)
	behind.ahead, ahead.ahead = -2*time.Minute, 3*time.Minute
	if err := ahead.Put(t.Context(), "k1-a", data); err != nil {
		t.Fatal(err)
	}
	seen, err := behind.Get(t.Context(), "k1-a")
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
}
