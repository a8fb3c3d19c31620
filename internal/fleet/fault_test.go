package fleet

import (
	"testing"
	"time"
)

// some are enough where the figure of each is what counts.
func some(life time.Duration) Params {
	p := sized(30, 1, life)
	if *full {
		p.Members = 1000
	}
	p.Every = time.Second
	return p
}

func TestWhereTheOutageFalls(t *testing.T) {
	result := table{{"the outage begins after", "", "tokens", "requests", "the most in a second after the start", "calls that fail", "for so long"}}
	for _, from := range []time.Duration{50 * time.Minute, 54*time.Minute + 30*time.Second, 55*time.Minute + 30*time.Second, 57 * time.Minute, 59*time.Minute + 30*time.Second} {
		p := some(time.Hour)
		p.Outage = Span{from, from + 5*time.Minute}
		for _, way := range Ways {
			o := simulate(t, p, way)
			result.add(from, way, Sum(o.Minted), Sum(o.Asked), PeakIn(o.Asked, p.later()), o.Failed(), o.failing())
			if failed, _ := o.InVain(); failed > 0 {
				t.Errorf("%s: %d calls failed though there was a valid token", way, failed)
			}
		}
	}
	show(t, "outages", result.String())
}

// failing is the number of seconds in which a call failed.
func (o Outcome) failing() time.Duration {
	seconds := make(map[time.Duration]bool)
	for _, w := range o.Waits {
		if w.Failed {
			seconds[w.At/time.Second] = true
		}
	}
	return time.Duration(len(seconds)) * time.Second
}

func TestFaultsOfRedis(t *testing.T) {
	result := table{{"fault", "life", "lifetimes", "tokens", "the most in a second", "calls that fail", "that wait", "99 % of these at most", "fail or wait though a token is valid", "get one that has ended"}}
	for _, c := range []struct {
		name  string
		life  time.Duration
		upset func(*Params)
	}{
		{"none", 10 * time.Minute, func(*Params) {}},
		{"1 % of packets lost", 10 * time.Minute, func(p *Params) { p.Loss = 0.01 }},
		{"10 % of packets lost", 10 * time.Minute, func(p *Params) { p.Loss = 0.1 }},
		{"killed, and begun anew with nothing, a minute later", 10 * time.Minute, func(p *Params) { p.Fault, p.Broken = Killed, Span{8 * time.Minute, 9 * time.Minute} }},
		{"killed for two minutes at the end of a token's life", 10 * time.Minute, func(p *Params) {
			p.Fault, p.Broken = Killed, Span{7*time.Minute + 50*time.Second, 10*time.Minute + 5*time.Second}
		}},
		{"stopped for 10 s", 10 * time.Minute, func(p *Params) {
			p.Fault, p.Broken = Stopped, Span{8*time.Minute - 5*time.Second, 8*time.Minute + 5*time.Second}
		}},
		{"FLUSHALL", 10 * time.Minute, func(p *Params) { p.Fault, p.Broken = Flushed, Span{5 * time.Minute, 5 * time.Minute} }},
		{"half of the members cut off for a minute", 10 * time.Minute, func(p *Params) {
			p.Fault, p.Broken = Partitioned, Span{7*time.Minute + 30*time.Second, 8*time.Minute + 30*time.Second}
		}},
		{"half of the members cut off for three minutes, at the end of a token's life", 10 * time.Minute, func(p *Params) {
			p.Fault, p.Broken = Partitioned, Span{7*time.Minute + 30*time.Second, 10*time.Minute + 30*time.Second}
		}},
		{"clocks wrong by up to 30 s", time.Hour, func(p *Params) { p.Skewed = 30 * time.Second }},
		{"clocks wrong by up to 5 min", time.Hour, func(p *Params) { p.Skewed = 5 * time.Minute }},
	} {
		p := some(c.life)
		c.upset(&p)
		o := simulate(t, p, Shared)
		first, later := o.Stalls()
		failed, waited := o.InVain()
		result.add(c.name, c.life, p.lifetimes(), Sum(o.Minted), Peak(o.Minted), o.Failed(), len(first)+len(later), brief(Quantile(o.stalls(), 0.99)), failed+waited, o.Ended())
		if failed > 0 {
			t.Errorf("%s: %d calls failed though there was a valid token", c.name, failed)
		}
	}
	show(t, "faults", result.String())
}
