// Command kit measures the RoundTripper kit beside its peers.
package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

func main() {
	only := flag.String("only", "", "")
	flag.Parse()
	show := func(name string, ts func() []table) {
		if *only != "" && *only != name {
			return
		}
		for _, t := range ts() {
			fmt.Println(t.title)
			fmt.Println(t)
		}
	}
	show("stub", func() []table { return stub(settings{rounds: 16, round: 20 * time.Millisecond}) })
	show("loopback", func() []table { return []table{loopback(settings{rounds: 16, turns: 100})} })
	show("stream", func() []table { return []table{stream(64 << 20)} })
	show("parallel", func() []table {
		return []table{parallel(settings{rounds: 8, round: time.Millisecond}, []int{64, 1000, 10_000}), locks(peer.Fob, 64), locks(peer.Fob, 1000), locks(peer.Glued, 1000)}
	})
	tenThousand := plan{callers: 1000, rate: 10_000, last: 20 * time.Second}
	shorter := plan{callers: 1000, rate: 10_000, last: 15 * time.Second}
	show("steady", func() []table { return []table{describe("Tokens of 2 s", steady(tenThousand))} })
	show("hanging", func() []table { return []table{describe("The token endpoint hangs for 5 s", hanging(shorter))} })
	show("failing", func() []table { return []table{describe("The token endpoint answers 500 for 3 s", failing(shorter))} })
	show("revoking", func() []table {
		p := plan{callers: 1000, rate: 3000, last: 5 * time.Second}
		return []table{describe("revoked, 50 ms", revoking(p, 50*time.Millisecond)), describe("revoked, 5 ms", revoking(p, 5*time.Millisecond))}
	})
	show("patience", func() []table { return []table{patience(5*time.Second, 100)} })
	show("defects", func() []table { return []table{defects()} })
	show("promises", func() []table { return []table{promises()} })
}
