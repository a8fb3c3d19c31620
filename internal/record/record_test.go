package record_test

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/lines"
	"github.com/fobkit/fob/internal/record"
)

func full() record.Record {
	return record.Record{
		Generation: 7, Access: "access-fob-canary-7f3a9c", Type: "Bearer", ID: "id-fob-canary-7f3a9c", Scopes: []string{"read", "write"},
		Issued: time.UnixMilli(1_900_000_000_000), Expiry: time.UnixMilli(1_900_000_300_500),
		Intent: time.UnixMilli(1_900_000_200_000), Dropped: time.UnixMilli(1_900_000_100_000),
		Failure: "transient", Reason: "refresh_token: refused by login.example: status 503", Failures: 2, FailedAt: time.UnixMilli(1_900_000_255_000), RetryAt: time.UnixMilli(1_900_000_260_000),
		Sealed: map[string]string{"refresh": "aaa.bbb", "extra": "ccc.ddd"},
	}
}

func TestGoldenRecord(t *testing.T) {
	const file = "../../testdata/record/full"
	got, err := full().Encode()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the record's form changed: %d bytes, want the %d of %s", len(got), len(want), file)
	}
	back, err := record.Decode(want)
	if err != nil || !reflect.DeepEqual(back, full()) {
		t.Errorf("decoded record differs from what was encoded (error %v)", err)
	}
}

func TestUnknownLinesSurvive(t *testing.T) {
	data, _ := lines.Encode("fob-record", 1, []lines.Line{{Key: "generation", Value: "1"}, {Key: "colour", Value: "blue"}})
	r, err := record.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	r.Generation++
	again, err := r.Encode()
	if err != nil || !strings.Contains(string(again), "\ncolour=blue\n") {
		t.Errorf("a line of a newer program was lost (error %v)", err)
	}
}

func TestDamageIsAlwaysCorruptNeverAToken(t *testing.T) {
	data, _ := full().Encode()
	for n := range data {
		if _, err := record.Decode(data[:n]); !errors.Is(err, record.ErrCorrupt) {
			t.Fatalf("cut to %d of %d bytes: got %v, want ErrCorrupt", n, len(data), err)
		}
		for bit := range 8 {
			flipped := bytes.Clone(data)
			flipped[n] ^= 1 << bit
			if _, err := record.Decode(flipped); !errors.Is(err, record.ErrCorrupt) {
				t.Fatalf("bit %d of byte %d flipped: got %v, want ErrCorrupt", bit, n, err)
			}
		}
	}
}

func TestAnotherVersionIsForeignNotCorrupt(t *testing.T) {
	data, _ := lines.Encode("fob-record", 2, []lines.Line{{Key: "shape", Value: "round"}})
	if _, err := record.Decode(data); !errors.Is(err, record.ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
}

func TestALineFeedCannotBeWritten(t *testing.T) {
	if _, err := (record.Record{Access: "a\nexpiry_ms=9"}).Encode(); err == nil {
		t.Error("a value with a line feed was written")
	}
}

func FuzzDecode(f *testing.F) {
	seed, _ := full().Encode()
	f.Add(seed)
	f.Add([]byte("fob-record=2\nsum=0000000000000000\n"))
	f.Add([]byte("fob-record=1\n.jwe=\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := record.Decode(withSum(data))
		if err != nil {
			return
		}
		out, err := r.Encode()
		if err != nil {
			t.Fatalf("decoded but not encodable: %v", err)
		}
		again, err := record.Decode(out)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("a round trip changed the record (error %v)", err)
		}
	})
}

// withSum ends data with the right checksum, or the fuzzer would never get past it.
func withSum(data []byte) []byte {
	if i := bytes.LastIndex(data, []byte("sum=")); i >= 0 {
		data = data[:i]
	}
	return lines.AppendSum(bytes.Clone(data))
}
