package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

func TestMain(m *testing.M) {
	if slices.Contains(os.Environ(), asSink) {
		serveSink()
		return
	}
	os.Exit(m.Run())
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	a, b, base := series{{ns: 30}, {ns: 300}}, series{{ns: 50}, {ns: 500}}, series{{ns: 10}, {ns: 100}} // the second round is slow
	if got := ratio(a, b, base); got != 0.5 {
		t.Errorf("got %v, want 0.5", got)
	}
}

func TestEverySectionMeasures(t *testing.T) {
	s, p := settings{rounds: 1, round: time.Microsecond, turns: 1}, plan{callers: 10, rate: 1000, last: 50 * time.Millisecond}
	quick := func() *server {
		return &server{life: time.Hour, latency: aMillisecond, mint: func(int64) (time.Duration, int) { return 0, http.StatusOK }}
	}
	wired, err := loopback(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, tables := range map[string][]table{
		"stub":     stub(s),
		"loopback": {wired},
		"stream":   {stream(1 << 20)},
		"locks":    {locks(peer.Fob, 10)},
		"load":     {describe("kit-load.svg", "a load", drive(p, overload, 0, quick))},
		"patience": {patience(100*time.Millisecond, 2)},
	} {
		for _, got := range tables {
			if len(got.rows) == 0 && name != "locks" { // there may have been no wait
				t.Errorf("%s: %q has no rows", name, got.title)
			}
			if got.plot != nil && strings.Count(got.plot.String(), "<rect class") != len(got.plot.all)+1 {
				t.Errorf("%s: a bar is missing in\n%s", name, got.plot)
			}
		}
	}
}

// A clock that is not the machine's shows what belongs to the chain alone: not one request of 200,000 waits for a token.
func TestNobodyWaitsForATokenThatIsReplacedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{life: 2 * time.Second, latency: aMillisecond, mint: func(int64) (time.Duration, int) { return 200 * time.Millisecond, http.StatusOK }}
		rt := peer.Fob.Wrap(s.net(0))
		warm(rt)
		o := busy(20 * time.Second).drive(rt)
		if n := s.asked.Load() - 1; o.failed > 0 || o.quantile(1) > 1 || n > 12 {
			t.Errorf("%d failed, the slowest took %v ms, %d tokens asked for, want 0, 1 and at most 12", o.failed, o.quantile(1), n)
		}
		time.Sleep(time.Second) // for a token that is on its way
	})
}

func TestAPageKeepsWhatStandsAroundASection(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "before\n<!-- internal/bench/kit a -->\nold\n<!-- end -->\nafter\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replace(page, "a", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(page)
	if want := strings.Replace(text, "old", "new", 1); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := replace(page, "b", "new\n"); err == nil {
		t.Error("a section without a place was written")
	}
}
