package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/record"
	"github.com/gofrs/flock"
)

// What these tests assert are counts. The times that they log are for whoever runs them on a quiet machine.

func TestAStormOfHelpersOneTokenRequest(t *testing.T) {
	const helpers, latency = 64, 100 * time.Millisecond
	var hits, misses, waits []time.Duration
	m := person(t, -time.Minute)
	for range rounds(t, 2, 100) {
		m.login(t, -time.Minute)
		before := m.server.Counts()
		m.server.Fault(oauthtest.Fault{Delay: latency})
		fleet := m.helpers(t, helpers)
		tok := m.wantAll(t, fleet)
		waits = append(waits, times(fleet)...)
		after := m.server.Counts()
		if n := after.Requests() - before.Requests(); n != 1 || after.Refused != before.Refused {
			t.Errorf("%d helpers cost %d token requests, and %d were refused; want one, and none", helpers, n, after.Refused-before.Refused)
		}
		if !m.server.Valid(tok.Access) {
			t.Error("the token that all of them got is not valid")
		}

		fleet = m.helpers(t, helpers)
		m.wantAll(t, fleet)
		hits = append(hits, times(fleet)...)
		m.environ = append(m.environ, "FOB_PROFILE=corp") // each asks fob, which has the token
		fleet = m.helpers(t, helpers)
		m.wantAll(t, fleet)
		misses = append(misses, times(fleet)...)
		m.environ = m.environ[:len(m.environ)-1]
	}
	t.Logf("%d at once, by the helper alone: %s", helpers, percentiles(hits))
	t.Logf("by way of fob, nobody waits:     %s", percentiles(misses))
	t.Logf("one refresh, server takes %v: %s", latency, percentiles(waits))
}

func TestNobodyWaitsForARefreshThatIsUnderWay(t *testing.T) {
	m := person(t, 2*time.Minute) // stale
	old := m.kept(t)
	m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }})
	m.wantAll(t, m.helpers(t, 1)) // and leaves one behind that refreshes
	<-m.reached
	var helpers, fobs []*helper
	for i := range rounds(t, 20, 200) * len(calls) {
		c := calls[i%len(calls)]
		h := m.begin(t, c.stdin, "fob-helper", c.args...)
		<-h.done
		helpers = append(helpers, h)
		if i%10 == 0 {
			h = m.begin(t, "", "fob", "token", "corp")
			<-h.done
			fobs = append(fobs, h)
		}
	}
	if tok := m.wantAll(t, helpers); tok.Access != old.Access {
		t.Error("the token has been replaced before the server has answered")
	}
	for _, h := range fobs {
		if got, want := h.stdout.String(), string(old.Access)+"\n"; h.err != nil || got != want {
			t.Errorf("fob token: %v, %q, want %q; stderr:\n%s", h.err, got, want, &h.stderr)
		}
	}
	if n := m.server.Counts().Requests(); n != 1 {
		t.Errorf("%d token requests, want the one that is under way", n)
	}
	t.Logf("fob-helper: %s", percentiles(times(helpers)))
	t.Logf("fob token:  %s", percentiles(times(fobs)))
	m.server.Release()
	m.awaitRefresh(t)
	if m.kept(t).Access == old.Access {
		t.Error("the refresh that was under way has come to nothing")
	}
}

// awaitRefresh waits for the program that a helper has left behind: its claim ends with it.
func (m *machine) awaitRefresh(t *testing.T) {
	t.Helper()
	claim := flock.New(paths.Claim(m.path("state", "fob"), m.record(t)))
	if _, err := claim.TryLockContext(t.Context(), 5*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	claim.Close()
}

func TestNoRefreshIsBegunThatWouldAskNobody(t *testing.T) {
	for name, change := range map[string]func(*record.Record){
		"in doubt":   func(r *record.Record) { r.Intent = time.Now() },
		"failed":     func(r *record.Record) { r.Failure, r.Failures, r.RetryAt = "transient", 1, time.Now().Add(time.Minute) },
		"none of it": func(r *record.Record) {},
	} {
		t.Run(name, func(t *testing.T) {
			m := person(t, 2*time.Minute) // stale
			m.environ = append(m.environ, "CI=true")
			m.change(t, change)
			if got := m.run(t, gitGet, "fob-helper", "git", "get"); got.code != 0 {
				t.Error(got.stderr)
			}
			_, err := os.Stat(paths.Claim(m.path("state", "fob"), m.record(t)))
			if begun, want := err == nil, name == "none of it"; begun != want {
				t.Errorf("a refresh was begun: %v, want %v", begun, want)
			}
		})
	}
}

const clientConfig = `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
hosts = ["git.corp.example"]
allow = ["kubernetes", "raw"]
`

func TestADeadServerIsLeftAlone(t *testing.T) {
	for name, m := range map[string]*machine{"client": machineFor(t, clientConfig), "person": person(t, -time.Minute)} {
		t.Run(name, func(t *testing.T) {
			m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }, Answer: dead})
			m.server.Fault(oauthtest.Fault{Times: -1, Answer: dead})
			fleet := m.helpers(t, 40)
			for range 10 {
				fleet = append(fleet, m.begin(t, "", "fob", "token", "corp"))
			}
			<-m.reached // the first request is under way, and all fifty are
			released := time.Now()
			m.server.Release()
			m.wantAllFailed(t, fleet)
			took := time.Since(released)
			t.Logf("50 at once: the last has failed %v after the server's first answer", took.Round(time.Millisecond))
			most := 3 + int(took/firstPause) // whoever starts later than that may try again
			if n := m.server.Counts().Requests(); n > most {
				t.Errorf("50 programs cost a dead server %d token requests in %v, want %d at most", n, took, most)
			}
			var later []*helper
			for i := range 20 {
				c := calls[i%len(calls)]
				h := m.begin(t, c.stdin, "fob-helper", c.args...)
				<-h.done
				later = append(later, h)
			}
			m.wantAllFailed(t, later)
			t.Logf("one by one: %s; %d token requests in all", percentiles(times(later)), m.server.Counts().Requests())
		})
	}
}

// firstPause is the least for which a failure is remembered.
const firstPause = 1500 * time.Millisecond

var dead = &oauthtest.Answer{Status: http.StatusInternalServerError}

func (m *machine) wantAllFailed(t *testing.T, fleet []*helper) {
	t.Helper()
	for _, h := range fleet {
		<-h.done
		if got := h.ProcessState.ExitCode(); got != 75 {
			t.Errorf("%v: exit status %d, want 75: try again later; stderr:\n%s", h.Args[1:], got, &h.stderr)
		}
	}
}

func times(fleet []*helper) (took []time.Duration) {
	for _, h := range fleet {
		took = append(took, h.took)
	}
	return took
}

func percentiles(took []time.Duration) string {
	slices.Sort(took)
	at := func(percent int) time.Duration {
		return took[(len(took)-1)*percent/100].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %v, p95 %v, p99 %v of %d", at(50), at(95), at(99), len(took))
}
