package fleet

import (
	"fmt"
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
		p.Members, p.ColdStart, p.Last, p.Life = 10, time.Second, 9*time.Second, 4*time.Second
		p.Outage = Span{3600 * time.Millisecond, 5 * time.Second}
	}
	return p
}

const ofRedis = "requests to Redis"

// figures are what a run is compared by.
var figures = []struct {
	name string
	of   func(Outcome) int
}{
	{"tokens", func(o Outcome) int { return Sum(o.Minted) }},
	{"requests", func(o Outcome) int { return Sum(o.Asked) }},
	{"the most in a second", func(o Outcome) int { return Peak(o.Asked) }},
	{"calls that wait", func(o Outcome) int { return len(o.stalls()) }},
	{"99 % of these at most, ms", func(o Outcome) int { return int(Quantile(o.stalls(), 0.99).Milliseconds()) }},
	{"calls that fail", Outcome.Failed},
	{ofRedis, func(o Outcome) int { return Sum(o.Redis) }},
}

func TestTheSimulationIsHeldAgainstRealProcesses(t *testing.T) {
	program := build(t)
	result := table{{"", "simulated, real, difference"}}
	for seed := range seeds() {
		result[0] = append(result[0], fmt.Sprintf("seed %d", seed+1))
	}
	ways := Ways
	if !*full {
		ways = Ways[1:]
	}
	for _, way := range ways {
		rows := make([][]any, len(figures))
		for seed := range uint64(seeds()) {
			p := held(seed + 1)
			simulated, real := simulate(t, p, way), run(t, p, way, program)
			if failed, _ := real.InVain(); failed > 0 {
				t.Errorf("%s: %d calls of real processes failed though there was a valid token", way, failed)
			}
			for i, f := range figures {
				rows[i] = append(rows[i], compare(f.of(simulated), f.of(real)))
			}
		}
		for i, f := range figures {
			if way == Shared || f.name != ofRedis {
				result.add(append([]any{way, f.name}, rows[i]...)...)
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

// compare says how far the real figure lies from the simulated one: of those that are small, a part says nothing.
func compare(simulated, real int) string {
	by := fmt.Sprintf("%+d", real-simulated)
	if simulated >= 20 {
		by = fmt.Sprintf("%+.0f %%", 100*float64(real-simulated)/float64(simulated))
	}
	if real == simulated {
		by = "0"
	}
	return fmt.Sprintf("%s, %s, %s", thousands(simulated), thousands(real), by)
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
