package fob

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
)

// Fingerprinter is a Grant that tells its credentials apart: Fingerprint is the same text for the same credentials, and another for
// others. A refusal that will not change by itself is remembered until the credentials do.
type Fingerprinter interface {
	Fingerprint(ctx context.Context) (Secret, error)
}

// RememberedError is returned in place of a mint that failed a moment ago, here or in another process, and would fail
// again. It matches ErrLoginRequired if what is remembered did.
type RememberedError struct {
	Reason string    // what the failed mint had to say
	Until  time.Time // when the next mint may be tried
	kind   failureKind
}

func (e *RememberedError) Error() string { return e.Reason + " (remembered)" }

// Outcome is that of the failed mint.
func (e *RememberedError) Outcome() Outcome {
	if e.kind.passing() {
		return Transient
	}
	return Terminal
}

// Is matches ErrLoginRequired.
func (e *RememberedError) Is(target error) bool {
	return target == ErrLoginRequired && e.kind == failedLogin
}

// Unreachable reports whether the failed mint's own error said so of itself: no server answered.
func (e *RememberedError) Unreachable() bool { return e.kind == failedUnreachable }

type failureKind string

// Kinds of failure, as records spell them.
const (
	failedTransient   failureKind = "transient"
	failedUnreachable failureKind = "unreachable" // a transient one
	failedTerminal    failureKind = "terminal"
	failedLogin       failureKind = "login"
)

func (k failureKind) passing() bool { return k == failedTransient || k == failedUnreachable }

// failure is what the last mint left for those who ask next. The zero failure is none.
type failure struct {
	kind        failureKind
	reason      string
	count       int       // failures in a row
	at          time.Time // when it was
	until       time.Time // no mint before
	credentials Secret    // fingerprint of what was refused; empty: unknown
}

// How long a failure is remembered: the first one, and the most.
const (
	transientPause, maxTransientPause = 2 * time.Second, 30 * time.Second
	terminalPause, maxTerminalPause   = 15 * time.Minute, 4 * time.Hour
)

// after is what f becomes by another failure.
func (f failure) after(err error, now time.Time) failure {
	next := failure{kind: failedTransient, reason: reasonOf(err), count: f.count + 1, at: now.Round(0)}
	first, most := transientPause, maxTransientPause
	if OutcomeOf(err) == Terminal {
		next.kind, first, most = failedTerminal, terminalPause, maxTerminalPause
		if errors.Is(err, ErrLoginRequired) {
			next.kind = failedLogin
		}
	}
	var away interface{ Unreachable() bool }
	if next.kind == failedTransient && errors.As(err, &away) && away.Unreachable() {
		next.kind = failedUnreachable
	}
	var trust interface{ Untrusted() bool }
	if errors.As(err, &trust) && trust.Untrusted() {
		most = first // whoever changes what this machine trusts looks whether it helped
	}
	if f.kind != next.kind && !(f.kind.passing() && next.kind.passing()) {
		next.count = 1
	}
	pause := min(first<<min(next.count-1, 10), most)
	pause = max(pause-rand.N(pause/4+1), retryAfter(err)) // spread, so that those who failed together do not come back together
	next.until = now.Add(pause).Round(0)
	return next
}

// retryAfter is how long the server asked to be left alone.
func retryAfter(err error) time.Duration {
	var e interface{ Pause() time.Duration }
	if errors.As(err, &e) {
		return min(e.Pause(), maxTerminalPause)
	}
	return 0
}

const maxReason = 200

// reasonOf is err's text if err says by its type that it was made to be shown; another Grant's error may hold anything.
func reasonOf(err error) string {
	var typed interface{ Outcome() Outcome }
	if !errors.As(err, &typed) && !errors.Is(err, ErrLoginRequired) {
		return "the last request for a token failed"
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, err.Error())
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}

// pending reports whether the time for the next mint is yet to come. A failure that is itself yet to come was told by a clock ahead of ours, and
// its end would be too late.
func (f failure) pending(now time.Time) bool {
	ahead := f.at.Sub(now) > time.Second || f.until.Sub(now) > maxTerminalPause
	return f.kind != "" && now.Before(f.until) && !ahead
}

// stands reports whether f still forbids a mint with g's credentials.
func (f failure) stands(ctx context.Context, g Grant, now time.Time) bool {
	if !f.pending(now) {
		return false
	}
	if f.kind.passing() || f.credentials == "" {
		return true
	}
	return fingerprint(ctx, g) == f.credentials
}

func (f failure) err() *RememberedError { return &RememberedError{f.reason, f.until, f.kind} }

type afterFailureKey struct{}

func afterFailure(ctx context.Context) context.Context {
	return context.WithValue(ctx, afterFailureKey{}, true)
}

// AfterFailure reports whether the mint that ctx belongs to follows one that failed. A Grant then makes a single attempt: the cache will
// have it asked again, at times that all who share the token have agreed on.
func AfterFailure(ctx context.Context) bool {
	after, _ := ctx.Value(afterFailureKey{}).(bool)
	return after
}

// fingerprint is that of g's credentials; empty where g does not tell.
func fingerprint(ctx context.Context, g Grant) Secret {
	fp, ok := g.(Fingerprinter)
	if !ok {
		return ""
	}
	s, err := fp.Fingerprint(ctx)
	if err != nil {
		return ""
	}
	return s
}
