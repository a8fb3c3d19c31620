package peer

import (
	"strings"
	"testing"
)

// all are the peers that answer any request.
var all = []Peer{Bare, FloorAuth, FloorStack, Fob, FobTimeout, FobAuth, Glued, OAuth2, Cloud, CloudDefault, Azure, ORAS, Retryable, Failsafe, Gobreaker}

// BenchmarkStub is what each peer costs over a transport that costs next to nothing.
func BenchmarkStub(b *testing.B) {
	for _, w := range Works("") {
		for _, p := range all {
			b.Run(strings.ReplaceAll(w.Name+"/"+p.Name, " ", "_"), func(b *testing.B) {
				rt := p.Wrap(Net{API: Stub, Tokens: Always})
				b.ReportAllocs()
				for b.Loop() {
					if err := w.Do(rt); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
