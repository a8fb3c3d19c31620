package seal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
)

func keys(t *testing.T, of ...*seal.Key) seal.Keys {
	t.Helper()
	var text strings.Builder
	for _, k := range of {
		text.WriteString(" " + string(k.Text()) + "\r\n\n")
	}
	parsed, err := seal.ParseKeys(fob.Secret(text.String()))
	if err != nil || len(parsed) != len(of) {
		t.Fatalf("got %d keys, %v, want %d", len(parsed), err, len(of))
	}
	return parsed
}

func TestTheFirstKeySealsAndAllOpen(t *testing.T) {
	older, newer := seal.NewKey(), seal.NewKey()
	before, during := keys(t, older), keys(t, newer, older)
	for name, c := range map[string]struct {
		by, to fob.Sealer
		err    error
	}{
		"the old list's, opened by the new":   {before, during, nil},
		"the new list's, opened by its first": {during, newer, nil},
		"the new list's, opened by the old":   {during, before, fob.ErrForeignKey},
	} {
		sealed, err := c.by.Seal("t-fob-canary-7f3a9c", place)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.to.Open(sealed, place); !errors.Is(err, c.err) || err == nil && got != "t-fob-canary-7f3a9c" {
			t.Errorf("%s: got %v, want %v", name, err, c.err)
		}
	}
}

func TestABadListOfKeysIsRefusedByItsLine(t *testing.T) {
	good := string(seal.NewKey().Text())
	for text, want := range map[string]string{
		"":                              "no sealing key",
		" \n\n":                         "no sealing key",
		good + "\nfob-canary-7f3a9cxyz": "line 2: sealing key: 15 bytes, want 32",
		"\n\n" + good + "=":             "line 3: sealing key: not base64url",
	} {
		if _, err := seal.ParseKeys(fob.Secret(text)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNoKeysSealAndOpenNothing(t *testing.T) {
	sealed, _ := seal.NewKey().Seal("t-fob-canary-7f3a9c", place)
	if _, err := (seal.Keys{}).Open(sealed, place); !errors.Is(err, fob.ErrForeignKey) {
		t.Errorf("Open: got %v, want %v", err, fob.ErrForeignKey)
	}
	if _, err := (seal.Keys{}).Seal("t-fob-canary-7f3a9c", place); err == nil {
		t.Error("Seal: got no error without a key")
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add(string(seal.NewKey().Text()) + "\n" + string(seal.NewKey().Text()))
	f.Add("\r\n \x00")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := seal.ParseKeys(fob.Secret(text))
		if (err == nil) != (len(parsed) > 0) {
			t.Fatalf("%d keys and %v", len(parsed), err)
		}
		for _, k := range parsed {
			// base64 skips carriage returns, and does not use all bits of the last letter.
			if !strings.Contains(strings.ReplaceAll(text, "\r", ""), string(k.Text())[:42]) {
				t.Error("a key that does not stand there")
			}
		}
	})
}
