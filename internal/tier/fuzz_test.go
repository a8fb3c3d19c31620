package tier_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/tier"
)

func FuzzCopy(f *testing.F) {
	good, _ := tier.Copy{Number: 946684800000, Data: []byte("ey.a..b")}.Encode()
	for _, seed := range []string{string(good), "fob-copy=1\nnumber=1\nsealed=x\nsum=0000000000000000\n", "fob-copy=2\n", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := tier.ParseCopy(data)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || c.Number == 0 || len(c.Data) == 0 || len(again) > len(data) {
			t.Errorf("%q is number %d, %q; written again %q, %v", data, c.Number, c.Data, again, err)
		} else if d, err := tier.ParseCopy(again); err != nil || d.Number != c.Number || !bytes.Equal(d.Data, c.Data) {
			t.Errorf("%q came back as number %d, %q, %v", again, d.Number, d.Data, err)
		}
	})
}

func FuzzNote(f *testing.F) {
	f.Add(tier.Note(time.UnixMilli(946684800000)))
	f.Add([]byte("fob-away=1\nuntil=x\nsum=0000000000000000\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if until := tier.ParseNote(data); !until.IsZero() && !tier.ParseNote(tier.Note(until)).Equal(until) {
			t.Errorf("%q is %v, which does not come back", data, until)
		}
	})
}
