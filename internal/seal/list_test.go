package seal

import (
	"strings"
	"testing"
)

func FuzzList(f *testing.F) {
	f.Add([]byte("keyring:0123456789abcdef\n" + strings.Repeat("A", 43) + "\n"))
	f.Add([]byte("keyring:\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		refs, err := parseList(data)
		if err != nil {
			return
		}
		again, err := parseList(encodeList(refs))
		if err != nil || len(again) != len(refs) {
			t.Fatalf("a round trip changed the list: %d keys, then %d (error %v)", len(refs), len(again), err)
		}
		for i, r := range refs {
			if again[i].id != r.id || again[i].place() != r.place() {
				t.Fatalf("key %d became another", i)
			}
		}
	})
}
