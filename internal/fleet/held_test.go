package fleet

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

// held is Held, or less of it.
func held(seed uint64) Params {
	p := Held(seed)
	if !*full {
		p.Members, p.ColdStart, p.Last, p.Life = 10, time.Second, 12*time.Second, 5*time.Second
		p.Outage = Span{4500 * time.Millisecond, 6 * time.Second}
	}
	return p
}

// figures are what a run is compared by.
var figures = []struct {
	name string
	of   func(Outcome) float64
}{
	{"tokens", func(o Outcome) float64 { return float64(Sum(o.Minted)) }},
	{"requests", func(o Outcome) float64 { return float64(Sum(o.Asked)) }},
	{"the most in a second", func(o Outcome) float64 { return float64(Peak(o.Asked)) }},
	{"calls that wait", func(o Outcome) float64 { first, later := o.Stalls(); return float64(len(first) + len(later)) }},
	{"99 % of these at most, ms", func(o Outcome) float64 { return float64(Quantile(o.stalls(), 0.99).Milliseconds()) }},
	{"calls that fail", func(o Outcome) float64 { return float64(o.Failed()) }},
	{"requests to Redis", func(o Outcome) float64 { return float64(Sum(o.Redis)) }},
}

func TestTheSimulationIsHeldAgainstRealProcesses(t *testing.T) {
	program := build(t)
	result := table{{"", "seed", "figure", "simulated", "real", "difference"}}
	for _, way := range Ways {
		for seed := range uint64(seeds()) {
			p := held(seed + 1)
			simulated, real := simulate(t, p, way), run(t, p, way, program)
			if failed, _ := real.InVain(); failed > 0 {
				t.Errorf("%s: %d calls of real processes failed though there was a valid token", way, failed)
			}
			for _, f := range figures {
				if way != Shared && f.name == "requests to Redis" {
					continue
				}
				result.add(way, int(seed+1), f.name, int(f.of(simulated)), int(f.of(real)), difference(f.of(simulated), f.of(real)))
			}
		}
	}
	show(t, "held", result.String())
}

func seeds() int {
	if *full {
		return 3
	}
	return 1
}

// difference is how far the real figure lies from the simulated one.
func difference(simulated, real float64) string {
	if simulated == real {
		return "0"
	}
	if simulated == 0 {
		return fmt.Sprintf("%+.0f", real)
	}
	return fmt.Sprintf("%+.0f %%", math.Round(100*(real-simulated)/simulated))
}

func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "member")
	cmd := exec.Command("go", "build", "-o", program, "./member")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return program
}

// run has real processes do it, with a redis-server of their own.
func run(t *testing.T, p Params, way Way, program string) Outcome {
	t.Helper()
	server := redistest.Start(t, redistest.Options{})
	defer server.Kill()
	o, err := Run(t.Context(), p, way, program, server.URL(), string(redis.NewKey()))
	if err != nil {
		t.Fatal(err)
	}
	stats := server.CLI("info", "commandstats")
	t.Logf("%s: %d requests, and %d of the client to see whether its connection lives", way, requests(stats, "evalsha|eval|hmget"), requests(stats, "ping"))
	o.Redis = []int{requests(stats, "evalsha|eval|hmget")}
	return o
}

// requests are how many of these commands, which members send, are in commandstats. Others are those of scripts, and of a connection's beginning.
func requests(stats, commands string) (n int) {
	for _, line := range regexp.MustCompile(`cmdstat_(?:`+commands+`):calls=([0-9]+)`).FindAllStringSubmatch(stats, -1) {
		m, _ := strconv.Atoi(line[1])
		n += m
	}
	return n
}
