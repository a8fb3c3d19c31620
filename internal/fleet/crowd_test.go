package fleet

import (
	"testing"
	"time"
)

// A rotation has all members ask Redis at once. What they are to it is their number times what one request costs: 2,000 of 1 ms are
// as 100,000 of 20 µs.
func TestHowManyMembersOneRedisServes(t *testing.T) {
	works := []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}
	if *full {
		works = append(works, 700*time.Millisecond, time.Second, 1500*time.Millisecond)
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
	}
	show(t, "crowd", result.String())
}
