//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
	"github.com/fobkit/fob/internal/redistest"
)

const (
	steadyMembers = 50
	steadySites   = 4
	steadyCallers = 20 // of each member
	steadyLife    = 3 * time.Second
	lifetimes     = 10
	revocations   = 10
)

func TestFiftyProcessesOfTwentyCallers(t *testing.T) {
	inMemory(t)
	f := newFleet(t, newPlaces(t, steadySites), steadyLife, redistest.Options{Append: true, Config: []string{"appendfsync everysec", "rdbcompression no"}})
	for i := range steadyMembers {
		f.join(t, i%steadySites, order.Order{
			Name: strconv.Itoa(i), Look: 10 * time.Millisecond, Callers: steadyCallers, Every: 200 * time.Millisecond, Reads: true,
		})
	}
	until(t, time.Minute, "all have one token", f.agrees)
	t.Run("10 lifetimes cost 10 mints, and reads what they cost in memory", f.live)
	t.Run("a revocation at one member reaches all within 100 ms, for 1 mint", f.revoke)
	t.Run("a dump of Redis reveals nothing", f.dump)
}

// live has the fleet go through lifetimes of its token, each from one mint to the next; again if this machine is too busy with other things.
func (f *fleet) live(t *testing.T) {
	for range 3 {
		start := time.Now()
		minted, reports, asked := f.period(t)
		why := f.disturbed(start)
		if why == "" {
			t.Logf("%d mints, each after so much of the life of the token before: %s", len(minted)-1, f.ages(t, minted))
			compare(t, reports, asked)
			return
		}
		t.Logf("once more, since %s", why)
	}
	t.Error("this machine is too busy")
}

// period is lifetimes: the mint before and those in it, what members report, and what Redis was asked.
func (f *fleet) period(t *testing.T) (minted []mint, reports []order.Report, asked int) {
	t.Helper()
	before, asked := len(f.server.minted()), f.asked()
	f.tell(t, order.Begin)
	until(t, 2*lifetimes*steadyLife, "all lifetimes", func() bool { return len(f.server.minted()) >= before+lifetimes })
	f.tell(t, order.Rest)
	asked = f.asked() - asked
	for _, m := range f.members {
		reports = append(reports, m.reported(t))
	}
	until(t, 10*time.Second, "all have the last token", f.agrees)
	return f.server.minted()[before-1:], reports, asked
}

// ages are how old each token but the first was when the next was minted, as parts of its life. None must be young, which would be two
// mints in one lifetime; and none over, which would be nobody's.
func (f *fleet) ages(t *testing.T, minted []mint) string {
	t.Helper()
	var all []string
	for i, m := range minted[1:] {
		age := m.at.Sub(minted[i].at).Seconds() / steadyLife.Seconds()
		if all = append(all, fmt.Sprintf("%.2f", age)); age < young || age > 1.1 {
			t.Errorf("token %d is minted at %.2f of the life of the one before", m.number, age)
		}
		for _, member := range f.members {
			if _, ok := member.had(m.number); !ok {
				t.Errorf("member %s never had token %d", member.name, m.number)
			}
		}
	}
	return strings.Join(all, " ")
}

// young is the part of its life in which no token is replaced: that begins at 0.8, but for the time that a request takes to arrive.
const young = 0.7

// asked is how many commands Redis has done, those of scripts among them: no fewer than round trips.
func (f *fleet) asked() int {
	n, _ := strconv.Atoi(info(f.redis, "stats", "total_commands_processed"))
	return n
}

// info is what the server says of itself.
func info(s *redistest.Server, section, name string) string {
	_, rest, _ := strings.Cut(s.CLI("INFO", section), name+":")
	value, _, _ := strings.Cut(rest, "\r")
	return value
}

// compare compares reads with those in memory, at each member: both in the slice of time that was best for them, since what other programs take of
// this machine only ever adds.
func compare(t *testing.T, reports []order.Report, asked int) {
	t.Helper()
	var reads int
	var ratios []float64
	for i, r := range reports {
		memory, shared := best(r.Slices, func(s order.Slice) order.Times { return s.Memory }), best(r.Slices, func(s order.Slice) order.Times { return s.Shared })
		ratio := shared.P99.Seconds() / memory.P99.Seconds()
		t.Logf("member %d: %d reads, p50 %v (memory: %v), p99 %v (memory: %v): %.2f of memory's", i, r.Calls, shared.P50, memory.P50, shared.P99, memory.P99, ratio)
		if ratio > 1.5 {
			t.Errorf("member %d: p99 of a read is %.2f of memory's, want at most 1.5", i, ratio)
		}
		reads, ratios = reads+r.Calls, append(ratios, ratio)
	}
	rate := float64(asked) / float64(reads) * 1000
	t.Logf("p99 of a read: %.2f of memory's at the median member, %.2f at the worst; %d reads cost %d commands, %.3f per 1,000; a lifetime cost a member %.1f", median(ratios), slices.Max(ratios), reads, asked, rate, float64(asked)/lifetimes/float64(len(reports)))
	if rate > 1 {
		t.Errorf("1,000 reads cost %.2f round trips, want at most 1", rate)
	}
}

// best is the least time of a read.
func best(all []order.Slice, of func(order.Slice) order.Times) order.Times {
	least := of(all[0])
	for _, s := range all[1:] {
		least.P50, least.P99 = min(least.P50, of(s).P50), min(least.P99, of(s).P99)
	}
	return order.Times{P50: least.P50 / order.Batch, P99: least.P99 / order.Batch}
}

// median sorts.
func median[T float64 | time.Duration](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// revoke has a token revoked at the server, and one member after another find out.
func (f *fleet) revoke(t *testing.T) {
	var all, heard []time.Duration
	for _, m := range f.members[:revocations] {
		<-time.After(1200 * time.Millisecond) // a key's token is dropped once a second
		before, start := len(f.server.minted()), time.Now()
		f.server.RevokeAll()
		m.tell(t, order.Call)
		until(t, 10*time.Second, "all have another token", func() bool { token, ok := agree(f.members); return ok && token > before })
		if why := f.disturbed(start); why != "" {
			t.Logf("not counted, since %s", why)
			continue
		}
		minted := f.server.minted()[before:]
		if len(minted) != 1 {
			t.Errorf("a revocation cost %d mints, want 1", len(minted))
		}
		_, last := f.spread(minted[0].number)
		all, heard = append(all, last.Sub(start)), append(heard, last.Sub(minted[0].at.Add(think)))
	}
	t.Logf("all had the new token this long after the old one was used: %v; after the server answered with the new one: %v", all, heard)
	if n := len(heard); n < revocations/2 {
		t.Fatalf("this machine is too busy: %d revocations count", n)
	}
	if m := median(heard); m > 100*time.Millisecond {
		t.Errorf("a new token reaches all within %v, want 100 ms and a round trip", m)
	}
}
