//go:build linux

package e2e

import (
	"cmp"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
)

const (
	faultSites   = 4
	faultMembers = 8
	mayRecover   = 2 * time.Second
)

// trial is a fleet that bears a fault.
type trial struct {
	fault
	*fleet
	t *testing.T

	start, began, ended time.Time
	agreed              time.Time     // when all had one token again
	heard               time.Duration // of the token after that, from the first who had it to the last
	stray               int           // the number of a token that was minted in vain; zero: none
	minted              []mint
	reports             []order.Report
	errs                []error
}

// bear has a fleet for each fault, all at once. Unless it is the last try, it returns those that must be tried again, since this machine was too busy.
func bear(t *testing.T, places []*place, all []fault, last bool) (again []fault) {
	t.Helper()
	var trials []*trial
	for _, f := range all {
		trials = append(trials, newTrial(t, places, f))
	}
	var running sync.WaitGroup
	for _, x := range trials {
		running.Go(x.run)
	}
	running.Wait()
	for _, x := range trials {
		if why := x.disturbed(); why != "" && !last {
			t.Logf("%s: once more, since %s", x.name, why)
			x.tellAll(t)
			again = append(again, x.fault)
			continue
		}
		t.Run(x.name, x.judge)
	}
	return again
}

// disturbed is why this machine was too busy; empty: it was not.
func (x *trial) disturbed() string {
	if slow := x.recovery(); slow > mayRecover {
		return "recovery took " + slow.String()
	}
	if why := x.fleet.disturbed(x.start); why != "" {
		return why
	}
	for _, m := range x.members {
		if warning := m.warned(x.agreed); warning != "" && !m.alien {
			return "member " + m.name + ", afterwards: " + warning
		}
	}
	return ""
}

func (x *trial) recovery() time.Duration { return x.agreed.Sub(x.ended) }

func newTrial(t *testing.T, places []*place, f fault) *trial {
	t.Helper()
	f.life = cmp.Or(f.life, faultLife)
	x := &trial{fault: f, fleet: newFleet(t, places, f.life, f.options), t: t, start: time.Now()}
	for i := range faultMembers {
		keys := fob.Secret("")
		if f.alien && i == faultMembers-1 {
			keys = redis.NewKey()
		}
		x.add(i%faultSites, keys)
	}
	return x
}

// add has one more join, with those keys, if they are not the fleet's.
func (x *trial) add(site int, keys fob.Secret) *member {
	ahead := []time.Duration{x.wrong, -x.wrong, 0, 0}[site]
	m := x.join(x.t, site, order.Order{
		Name: strconv.Itoa(len(x.members)), Keys: string(keys), Ahead: ahead, Look: 20 * time.Millisecond, Callers: 1, Every: 50 * time.Millisecond,
	})
	m.alien = keys != ""
	m.apart = x.apart != nil && x.apart(m)
	return m
}

// run is the whole trial, from the first token to the one after the fault.
func (x *trial) run() {
	x.wait("all have one token", func() bool { return x.agreeAfter(0) })
	x.tell(x.t, order.Begin)
	<-time.After(time.Second)
	before := len(x.server.minted())
	x.began = time.Now()
	x.begin(x)
	<-time.After(x.lasts)
	x.ended = time.Now()
	if x.end != nil {
		x.end(x)
	}
	x.wait("all have one token again", func() bool { return x.agreeAfter(x.least(before)) && x.kept() })
	x.agreed = time.Now()
	x.hear()
	x.minted = x.server.minted()
	x.tell(x.t, order.Rest)
	for _, m := range x.present() {
		x.reports = append(x.reports, m.reported(x.t))
	}
}

// least is the number that a token must be above to be one after the fault.
func (x *trial) least(before int) int {
	if x.keeps {
		return 0
	}
	return before
}

// hear waits until all have heard of the next token.
func (x *trial) hear() {
	next := len(x.server.minted())
	if x.rotate != nil {
		x.rotate(x)
	}
	x.wait("all have the next token", func() bool { return x.agreeAfter(next) })
	token, _ := agree(x.present())
	first, last := x.spread(token)
	x.heard = last.Sub(first)
}

// present are those who are to have one token.
func (x *trial) present() (all []*member) {
	for _, m := range x.members {
		if !m.killed && !m.alien {
			all = append(all, m)
		}
	}
	return all
}

// agreeAfter reports whether all have one token that is newer than the one of that number.
func (x *trial) agreeAfter(number int) bool {
	token, ok := agree(x.present())
	return ok && token > number
}

// kept reports whether Redis has a record.
func (x *trial) kept() bool { return x.redis.CLI("HEXISTS", recordKey, "v") == "1" }

// number is the record's.
func (x *trial) number() string { return x.redis.CLI("HGET", recordKey, "n") }

// recordKey is where the token lies.
var recordKey = "fob:{" + order.Grant(nil).Key().Name() + "}"

// wait waits until a condition is met.
func (x *trial) wait(what string, met func() bool) {
	for deadline := time.Now().Add(30 * time.Second); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			x.fail("it never happens that %s", what)
			return
		}
	}
}

func (x *trial) fail(format string, args ...any) {
	x.errs = append(x.errs, fmt.Errorf(format, args...))
}

// judge holds a trial to what it must be.
func (x *trial) judge(t *testing.T) {
	for _, err := range x.errs {
		t.Error(err)
	}
	var calls int
	var slowest time.Duration
	for _, r := range x.reports {
		calls, slowest = calls+r.Calls, max(slowest, r.Slowest)
		for _, f := range r.Failed {
			t.Errorf("%v after the fault began, a request of member %s failed after %v: %s", f.At.Sub(x.began), r.Member, f.Took, f.Why)
		}
	}
	x.judgeMints(t)
	recovery := x.recovery()
	t.Logf("%d requests, the slowest %v; recovery in %v; the next token heard of within %v", calls, slowest.Round(time.Millisecond), recovery.Round(time.Millisecond), x.heard.Round(time.Millisecond))
	if recovery > mayRecover {
		t.Errorf("recovery takes %v, want at most %v", recovery, mayRecover)
	}
	x.dump(t)
	if t.Failed() {
		x.tellAll(t)
	}
}

// tellAll logs what happened when, from the fault's beginning on.
func (x *trial) tellAll(t *testing.T) {
	t.Helper()
	for _, m := range x.minted {
		t.Logf("%v: member %s is given token %d", m.at.Sub(x.began), m.member, m.number)
	}
	for _, m := range x.members {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, e := range m.tokens {
			t.Logf("%v: member %s has token %d", e.At.Sub(x.began), m.name, e.Token)
		}
		for _, e := range m.warnings {
			t.Logf("%v: member %s is warned: %s", e.At.Sub(x.began), m.name, e.Warning)
		}
	}
}

// judgeMints wants no two mints in one lifetime of those who ought to know of each other.
func (x *trial) judgeMints(t *testing.T) {
	apart := time.Duration(young * float64(x.life))
	if x.rotate != nil {
		apart = time.Second
	}
	counts := make([]int, 3)
	for i, m := range x.minted {
		counts[x.phase(m)]++
		for _, k := range x.minted[:i] {
			if gap := m.at.Sub(k.at); gap < apart && x.rivals(k, m) {
				t.Errorf("members %s and %s mint %v apart", k.member, m.member, gap)
			}
		}
	}
	t.Logf("%d mints before, %d in %v, %d after", counts[0], counts[1], x.agreed.Sub(x.began).Round(time.Millisecond), counts[2])
}

// phase is when a token was minted: before the fault, while it lasted, or when it was over.
func (x *trial) phase(m mint) int {
	switch {
	case m.at.Before(x.began):
		return 0
	case m.at.Before(x.agreed):
		return 1
	}
	return 2
}

// rivals reports whether who minted m, after k, ought to have had k's token.
func (x *trial) rivals(k, m mint) bool {
	of, by := x.members[index(k.member)], x.members[index(m.member)]
	switch {
	case k.number == x.stray || m.number == x.stray:
		return false
	case of.alien || by.alien:
		return of == by
	case x.phase(m) == 2:
		return x.phase(k) == 2
	case x.phase(m) == 0 || x.phase(k) == 0:
		return true
	}
	return of.apart == by.apart && (!of.apart || of.at == by.at)
}
