package fleet

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// Without these the same is done at a small size, in seconds.
var (
	full = flag.Bool("full", false, "at the sizes that docs/scale.md shows, but for 100,000 members")
	huge = flag.Bool("huge", false, "with 100,000 members too")
	docs = flag.String("write", "", "the directory of scale.md, which is to show it")
)

// simulate runs a fleet on a clock of its own.
func simulate(t *testing.T, p Params, way Way) (o Outcome) {
	t.Helper()
	from := time.Now()
	synctest.Test(t, func(*testing.T) { o = Simulate(p, way) })
	t.Logf("%d members, %s: %v, seed %d", p.Members, way, time.Since(from).Round(time.Millisecond), p.Seed)
	return o
}

// show prints a section of the page, and puts it there.
func show(t *testing.T, section, text string, plots ...plot) {
	t.Helper()
	fmt.Println(text)
	if *docs == "" {
		return
	}
	if err := replace(*docs, section, text); err != nil {
		t.Fatal(err)
	}
	for _, p := range plots {
		if err := os.WriteFile(filepath.Join(*docs, p.file), []byte(p.svg.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

type plot struct {
	file string
	svg  fmt.Stringer
}
