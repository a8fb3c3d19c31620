package fleet

import (
	"testing"
	"time"
)

// A rotation has all members ask Redis at once. What they are to it is their number times what one request costs: 2,000 of 1 ms are
// as 100,000 of 20 µs. Beyond four seconds, those whose look comes last take Redis to be away, and their probes keep it busy.
func TestHowManyMembersOneRedisServes(t *testing.T) {
	works := []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 1500 * time.Millisecond}
	if *full {
		works = []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 700 * time.Millisecond, time.Second, 1500 * time.Millisecond, 3 * time.Second, 5 * time.Second}
	}
	result := table{{"all members at once take Redis", "tokens in two lifetimes", "requests to Redis", "calls that fail", "that wait though a token is valid"}}
	for _, work := range works {
		p := some(10 * time.Minute)
		p.Serve = work / time.Duration(p.Members)
		o := simulate(t, p, Shared)
		failed, waited := o.InVain()
		result.add(brief(work), Sum(o.Minted), Sum(o.Redis), o.Failed(), waited)
		if failed > 0 {
			t.Errorf("%v: %d calls failed though there was a valid token", work, failed)
		}
		if got, want := Sum(o.Minted), p.lifetimes()+1; work < 4*time.Second && got > want {
			t.Errorf("%v: %d tokens, want %d at most", work, got, want)
		}
		if got, want := Sum(o.Redis), 10*p.Members; work < 4*time.Second && got > want {
			t.Errorf("%v: %d requests to Redis, want %d at most: the members do not find back to it", work, got, want)
		}
	}
	show(t, "crowd", result.String())
}
