// Package login asks a person, and no more often than they can bear: it chooses how to ask, opens the browser, and has all processes of one
// user agree on who asks.
//
//	choice := scene.Choose()             // browser, device, paste, or nobody
//	err := board.Do(ctx, record, login.Ask{Run: …})
//
// What a login is made of is package oauth's.
package login

import (
	"context"
	"errors"
	"time"
)

// Ask is one process's wish for a login.
type Ask struct {
	Profile string // for the people who read of it
	ByHand  bool   // a person typed it just now: earlier ones left unanswered do not matter
	Wait    bool   // another process's login is waited for, until ctx ends; else it is an *UnderWayError

	// Done reports whether somebody else's login has brought what is wanted.
	Done func(context.Context) bool

	// Show tells the person what another process waits for. Nil: nobody is told.
	Show func(Notice)

	// Run is the login. It calls publish with what the person needs before the person is asked, and ends with ctx.
	Run func(ctx context.Context, publish func(Notice)) error
}

const (
	look       = 100 * time.Millisecond // how often a waiter looks at the leader's lock
	noticeable = time.Second            // how long one that may not wait waits for the leader's URL
)

// Do logs in, or has it done: of all processes that share b, one at a time runs the login of a key. Errors are Run's, ctx's, those of the
// directory, and, where nobody is asked, *UnderWayError and *UnansweredError, which match fob.ErrLoginRequired. No other lock than the login's own
// is held while the person is asked. Without a directory, every process is on its own.
func (b Board) Do(ctx context.Context, key string, a Ask) error {
	if b == "" {
		return a.Run(ctx, func(Notice) {})
	}
	for {
		lead, err := b.lead(key, a)
		if err == nil {
			return lead.run(ctx, a)
		}
		if !errors.As(err, new(*UnderWayError)) {
			return err
		}
		if err := b.follow(ctx, key, a); err != nil {
			return err
		}
		if a.Done(ctx) {
			return nil
		}
	}
}

// lead is the right to run the login of a key.
type lead struct {
	board  Board
	key    string
	was    Record // what was there before
	unlock func()
}

// lead takes the right to run the login.
func (b Board) lead(key string, a Ask) (*lead, error) {
	unlock, err := b.tryLock(key)
	if err != nil {
		return nil, err
	}
	l := &lead{b, key, b.Read(key), unlock}
	if !a.ByHand && l.was.Pauses(time.Now()) {
		unlock()
		return nil, &UnansweredError{Profile: a.Profile, Times: l.was.Attempts, Until: l.was.Until}
	}
	return l, nil
}

func (l *lead) run(ctx context.Context, a Ask) error {
	defer l.unlock()
	if !a.ByHand && a.Done(ctx) {
		return nil // by who had the lock before
	}
	if err := l.put(l.was.begun(a.Profile)); err != nil { // what was there speaks of another login
		return err
	}
	var failed error
	err := a.Run(ctx, func(n Notice) { failed = l.publish(n, a) })
	if err != nil {
		return err // the person may be asked again when the record says so
	}
	if err := l.board.store().Delete(ctx, l.key); err != nil {
		return err
	}
	return failed
}

// publish counts the login as one left unanswered before anybody is asked, since whoever kills this process does not say so.
func (l *lead) publish(n Notice, a Ask) error {
	r := l.was.begun(a.Profile)
	r.Notice = n
	r.Attempts++
	r.Until = time.Now().Add(pause(r.Attempts))
	return l.put(r)
}

// pause is how long nobody is asked after that many logins were left unanswered, from the beginning of the last: who is asked at noon and
// does not answer is asked twice more until midnight, and then once a day.
func pause(attempts int) time.Duration {
	pauses := []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour}
	return pauses[max(1, min(attempts, len(pauses)))-1]
}

// Pauses reports whether nobody is asked now. An end that is farther away than any pause lasts was noted by a clock that has been set back since.
func (r Record) Pauses(now time.Time) bool {
	left := r.Until.Sub(now)
	return left > 0 && left <= pause(r.Attempts)
}

// follow waits for the login of another process: until it is over, or, where a may not wait, until there is a notice to give back.
func (b Board) follow(ctx context.Context, key string, a Ask) error {
	var seen Notice
	begun := time.Now()
	for {
		unlock, err := b.tryLock(key)
		if err == nil {
			unlock()
			return nil
		}
		r := b.Read(key)
		if a.Show != nil && r.Notice != seen && r.URL != "" {
			a.Show(r.Notice)
		}
		seen = r.Notice
		if !a.Wait && (r.URL != "" || time.Since(begun) > noticeable) {
			return &UnderWayError{a.Profile, r.Notice}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
	}
}
