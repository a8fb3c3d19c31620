// Command kit measures the RoundTripper kit beside its peers.
package main

import (
	"fmt"
	"time"
)

func main() {
	for _, t := range stub(settings{rounds: 12, round: 20 * time.Millisecond}) {
		fmt.Println(t.title)
		fmt.Println(t)
	}
}
