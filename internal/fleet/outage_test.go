package fleet

import (
	"fmt"
	"testing"
	"time"
)

// outage is a deploy of a whole fleet, and five minutes without an authorization server when its first tokens end.
func outage() Params {
	p := Params{
		Members: 10_000, Keys: 1, Callers: 3, Every: time.Second,
		ColdStart: 10 * time.Second, Last: 66 * time.Minute,
		Life: time.Hour, Answer: Span{50 * time.Millisecond, 150 * time.Millisecond},
		Outage: Span{55*time.Minute + 30*time.Second, 60*time.Minute + 30*time.Second},
		Link:   500 * time.Microsecond, Serve: 20 * time.Microsecond,
	}
	if !*full {
		p.Members, p.Callers = 100, 6 // of few members a second has many by chance
	}
	return p
}

// later is what comes after the cold start: the last member has called.
func (p Params) later() Span { return Span{p.ColdStart + p.Every + time.Second, p.Last} }

// lifetimes are those of a token that end before the run does.
func (p Params) lifetimes() int { return int(p.Last / p.Life) }

func TestAColdStartAndAnOutage(t *testing.T) {
	head := table{{"", "seed", "tokens", "requests", "the most in a second", "after the start", "calls that wait at the start", "later", "99 % of these at most", "calls that fail", "though a token is valid"}}
	var asked, waits Course
	for seed := range uint64(seeds()) {
		p := outage()
		p.Seed = seed + 1
		by := make(map[Way]Outcome)
		for _, way := range Ways {
			o := simulate(t, p, way)
			by[way] = o
			first, later := o.Stalls()
			failed, _ := o.InVain()
			head.add(way, int(p.Seed), Sum(o.Minted), Sum(o.Asked), Peak(o.Asked), PeakIn(o.Asked, p.later()), len(first), len(later), brief(Quantile(later, 0.99)), o.Failed(), failed)
		}
		if seed == 0 {
			asked = course("Requests to the authorization server, the most in a second", p, by, func(o Outcome) []int { return o.Asked })
			waits = course("Calls that begin in a second and then wait or fail", p, by, Outcome.Troubled)
		}
		hold(t, by)
	}
	show(t, "outage", head.String(), plot{"scale-requests.svg", asked}, plot{"scale-stalls.svg", waits})
}

// hold is what the fleet is promised.
func hold(t *testing.T, by map[Way]Outcome) {
	t.Helper()
	p := by[Shared].Params
	if got, want := Sum(by[Shared].Minted), p.Keys*(p.lifetimes()+1); got > want {
		t.Errorf("with Redis %d tokens were minted, want %d at most", got, want)
	}
	if got, of := Peak(by[Jitter].Asked), Peak(by[Alone].Asked); 20*got > of {
		t.Errorf("%d requests in the worst second with jitter, want at most a twentieth of %d", got, of)
	}
	for _, way := range Ways {
		if failed, waited := by[way].InVain(); failed+waited > 0 {
			t.Errorf("%s: %d calls failed and %d waited though there was a valid token", way, failed, waited)
		}
	}
}

func course(title string, p Params, by map[Way]Outcome, of func(Outcome) []int) Course {
	c := Course{Title: title, Shade: p.Outage, Begin: Span{0, 30 * time.Second}, Later: Span{54 * time.Minute, 64 * time.Minute}, By: make(map[Way][]int)}
	for way, o := range by {
		c.By[way] = of(o)
	}
	return c
}

// brief is d in the unit that suits it.
func brief(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
