// Package doctor finds out why fob does not do what its user wants. A [Check] looks at one thing, says how it is, and with which command
// it is mended; it changes nothing, and says no secret.
//
//	for _, r := range doctor.Examine(ctx, patient) {
//		fmt.Println(r.State, r.Check, r.Text, r.Mend)
//	}
package doctor

import (
	"context"
	"sync"
	"time"

	"github.com/fobkit/fob/internal/term"
)

// State is how a thing is.
type State string

// The states. Something that fails keeps some call from its token; a warning is what may do so one day, or does in secret what nobody wants.
const (
	OK   State = "ok"
	Warn State = "warn"
	Fail State = "fail"
	Skip State = "skip" // there was nothing to look at
)

// Result is what a check has to say of one thing.
type Result struct {
	Check   string `json:"check"`
	Profile string `json:"profile,omitempty"` // whom it is about; empty: all
	State   State  `json:"state"`
	Text    string `json:"text"`
	Mend    string `json:"mend,omitempty"` // the command that mends it; empty: there is nothing to be mended, or no command for it
}

// Check looks at one thing. What Run returns needs neither Check nor order; nothing at all is a Skip.
type Check struct {
	Name string
	Run  func(context.Context, *Patient) Results
}

// Checks are all there are, in the order in which they are told.
func Checks() []Check {
	var all []Check
	for _, family := range [][]Check{configChecks, secretChecks, fileChecks, stateChecks, storeChecks, programChecks, serverChecks, tokenChecks, toolChecks} {
		all = append(all, family...)
	}
	return all
}

// checkTime bounds a check, and with it the whole examination, which runs them all at once.
const checkTime = 4 * time.Second

// Examine runs all checks, and returns what they say in their order. One that does not come to an end in four seconds has failed.
func Examine(ctx context.Context, p *Patient) Results {
	checks := Checks()
	said := make([]Results, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() { said[i] = c.examine(ctx, p) })
	}
	wg.Wait()
	var all Results
	for _, results := range said {
		all = append(all, results...)
	}
	return all
}

// examine goes on without a check that does not heed its ctx: a keyring or a file system that hangs holds nothing but the goroutine that asks it.
func (c Check) examine(ctx context.Context, p *Patient) Results {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	said := make(chan Results, 1)
	go func() { said <- c.Run(ctx, p) }()
	var results Results
	select {
	case results = <-said:
	case <-ctx.Done():
		select {
		case results = <-said: // what is said in the last moment counts
		case <-time.After(grace):
			results = fail("no answer in four seconds", "")
		}
	}
	if len(results) == 0 {
		results = skip("nothing to look at")
	}
	for i := range results {
		results[i].Check = c.Name
		results[i].Text = term.Clean(results[i].Text) // names in it come from files of others
		results[i].Mend = term.Clean(results[i].Mend)
	}
	return results
}

// grace is what a check whose time is over needs to say so in its own words.
const grace = 300 * time.Millisecond

// Results are what a check has found.
type Results []Result

func ok(text string) Results         { return say(OK, text, "") }
func skip(text string) Results       { return say(Skip, text, "") }
func warn(text, mend string) Results { return say(Warn, text, mend) }
func fail(text, mend string) Results { return say(Fail, text, mend) }

// say is called in two hundred places, in each of which it would take its room again.
//
//go:noinline
func say(state State, text, mend string) Results {
	return Results{{State: state, Text: text, Mend: mend}}
}

// of says whom r is about.
func (r Results) of(profile string) Results {
	for i := range r {
		r[i].Profile = profile
	}
	return r
}

// orElse is what there is to complain of, or else that all is well.
func orElse(complaints Results, well string) Results {
	if len(complaints) == 0 {
		return ok(well)
	}
	return complaints
}
