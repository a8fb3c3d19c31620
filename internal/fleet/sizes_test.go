package fleet

import (
	"fmt"
	"testing"
	"time"
)

// sized is a fleet of that many members with a call each 10 s, started within 10 s, over two lifetimes and without an outage.
func sized(members, keys int, life time.Duration) Params {
	return Params{
		Members: members, Keys: keys, Callers: keys, Every: 10 * time.Second,
		ColdStart: 10 * time.Second, Last: 2*life + life/60,
		Life: life, Answer: Span{50 * time.Millisecond, 150 * time.Millisecond},
		Link: 500 * time.Microsecond, Serve: 10 * time.Microsecond, Seed: 1,
	}
}

func sizes() []int {
	switch {
	case *huge:
		return []int{10, 100, 1000, 10_000, 100_000}
	case *full:
		return []int{10, 100, 1000, 10_000}
	}
	return []int{10, 100}
}

func TestTheSizeOfAFleet(t *testing.T) {
	result := table{{"members", "", "tokens", "the most requests in a second", "after the start", "calls that wait at the start", "later", "requests to Redis", "the most in a second", "a rotation"}}
	minted := Growth{Title: "Tokens in two hours, by the number of members", Sizes: sizes(), Of: make(map[Way][]int)}
	for _, members := range sizes() {
		p := sized(members, 1, time.Hour)
		for _, way := range Ways {
			before := heap()
			o := simulate(t, p, way)
			t.Logf("%d B a member", (o.Heap-before)/uint64(members))
			first, later := o.Stalls()
			row := []any{members, way, Sum(o.Minted), Peak(o.Asked), PeakIn(o.Asked, p.later()), len(first), len(later), "", "", ""}
			if minted.Of[way] = append(minted.Of[way], Sum(o.Minted)); way == Shared {
				row = append(row[:7], Sum(o.Redis), Peak(o.Redis), o.rotation())
				bears := time.Duration(members)*p.Serve < 4*time.Second // see TestHowManyMembersOneRedisServes
				if got, want := Sum(o.Minted), p.lifetimes()+1; bears && got > want {
					t.Errorf("%d members share %d tokens, want %d at most", members, got, want)
				}
			}
			result.add(row...)
		}
	}
	show(t, "sizes", result.String(), plot{"scale-tokens.svg", minted})
}

// rotation is how many requests to Redis one takes: those after the start, by lifetimes.
func (o Outcome) rotation() int {
	from := int(o.Params.later().From / time.Second)
	return Sum(o.Redis[min(from, len(o.Redis)):]) / o.Params.lifetimes()
}

func TestKeysAndLifetimes(t *testing.T) {
	members := 10
	if *full {
		members = 1000
	}
	result := table{{"keys", "life", "lifetimes", "", "tokens", "for each key and lifetime"}}
	for _, keys := range []int{1, 10} {
		for _, life := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour} {
			p := sized(members, keys, life)
			p.Last = 4 * life
			for _, way := range Ways {
				o := simulate(t, p, way)
				result.add(keys, life, p.lifetimes(), way, Sum(o.Minted), fmt.Sprintf("%.2f", float64(Sum(o.Minted))/float64(keys*p.lifetimes())))
			}
		}
	}
	show(t, "keys", fmt.Sprintf("%s members:\n\n%s", thousands(members), result))
}
