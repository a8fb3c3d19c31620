package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/session"
)

// sink is a file that holds a token, and is kept so.
type sink struct {
	path   string
	mode   fs.FileMode
	token  func(context.Context) (fob.Token, error) // see session.Profile.Fresh
	write  func(fob.Token) ([]byte, error)
	report func(error)
	again  func(path string) // all is well after a report

	has   fob.Token  // whose token the file holds
	data  []byte     // what it holds
	said  string     // what was last reported; empty: all is well
	since fob.Secret // what it held then
}

// sink is for p's token, for asker, in a file that is yet to be named.
func (a *app) sink(s *session.Session, p *session.Profile, o output, asker string) *sink {
	return &sink{
		mode: 0o600, report: a.report,
		again: func(path string) { fmt.Fprintf(a.stderr, "fob: %s holds a fresh token again\n", path) },
		token: func(ctx context.Context) (fob.Token, error) {
			a.asks(s, journal.Entry{Profile: p.Name, Asker: asker, Host: hostOf(o.place)})
			return p.Fresh(ctx)
		},
		write: func(t fob.Token) ([]byte, error) {
			data, err := o.write(p.Profile, t)
			if o.form == "raw" {
				data = bytes.TrimSuffix(data, []byte("\n")) // for readers that take the file as it is, such as AWS' and Azure's
			}
			return data, err
		},
	}
}

// lookAgain is the longest pause. The clock that measures it stands still while the machine sleeps, and the one that tokens expire by can be
// set; and another process may have been told that the token is refused.
const lookAgain = time.Minute

// keep looks after files until ctx ends, and nothing else ends it but a token that has no such form.
func (a *app) keep(ctx context.Context, sinks ...*sink) error {
	for {
		pause := lookAgain
		for _, k := range sinks {
			err := k.turn(ctx)
			if errors.As(err, new(*formError)) {
				return err
			}
			pause = min(pause, k.pause(err))
		}
		a.writeNotes()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// turn renews the file, and tells of trouble.
func (k *sink) turn(ctx context.Context) error {
	err := k.renew(ctx)
	if ctx.Err() == nil && !errors.As(err, new(*formError)) {
		k.tell(err)
	}
	return err
}

// renew brings the file up to date. Where it cannot, the file stays as it is.
func (k *sink) renew(ctx context.Context) error {
	tok, err := k.token(ctx)
	if tok.Valid(time.Now()) {
		if err := k.put(tok); err != nil {
			return err
		}
	}
	return err
}

// put makes tok what the file holds, unless it does already.
func (k *sink) put(tok fob.Token) error {
	data, err := k.write(tok)
	if err != nil {
		return err
	}
	if err := checkPlace(k.path); err != nil {
		return err
	}
	if !k.holds(data) {
		if err := atomicfile.WriteMode(k.path, data, k.mode); err != nil {
			return err
		}
	}
	k.has, k.data = tok, data
	return nil
}

// holds reports whether the file is data, and its mode the one that it should be.
func (k *sink) holds(data []byte) bool {
	old, err := atomicfile.ReadOwn(k.path, int64(len(data)))
	info, statErr := os.Stat(k.path)
	return err == nil && statErr == nil && bytes.Equal(old, data) && (runtime.GOOS == "windows" || info.Mode().Perm() == k.mode)
}

func (k *sink) valid() bool { return k.has.Valid(time.Now()) }

// remove removes the file, if it is what was written.
func (k *sink) remove() error {
	if k.data == nil || !k.holds(k.data) {
		return nil
	}
	return os.Remove(k.path)
}

// sinkError is a file that could not be brought up to date.
type sinkError struct {
	Path  string
	Valid bool // what it holds
	Err   error
}

func (e *sinkError) Error() string {
	if e.Valid {
		return e.Path + " keeps its token, which is valid yet: " + e.Err.Error()
	}
	return e.Path + " holds no valid token: " + e.Err.Error()
}
func (e *sinkError) Unwrap() error { return e.Err }

// tell reports err, unless that is what was last reported. The end of the trouble is another token: that nobody asked for one, since when one
// is stale is left to chance, is none.
func (k *sink) tell(err error) {
	switch {
	case err != nil:
		err = &sinkError{k.path, k.valid(), err}
		if text := strings.TrimSuffix(err.Error(), " (remembered)"); text != k.said {
			k.said, k.since = text, k.has.Access
			k.report(err)
		}
	case k.said != "" && k.has.Access != k.since:
		k.said = ""
		k.again(k.path)
	}
}

const (
	afterTrouble = time.Second // after which the cache knows, or another process has told it, when the server may be asked again
	leastPause   = time.Second / 10
)

func (k *sink) pause(err error) time.Duration {
	var before *fob.RememberedError
	pause := afterTrouble
	switch {
	case err == nil:
		pause = time.Until(k.has.RefreshAt())
	case errors.As(err, &before):
		pause = time.Until(before.Until)
	case fob.OutcomeOf(err) == fob.Local: // nothing of which changes by itself
		pause = lookAgain
	}
	return min(max(pause, leastPause), lookAgain)
}

// placeError is a place where no token is written.
type placeError struct{ Err error }

func (e *placeError) Error() string { return e.Err.Error() }
func (e *placeError) Unwrap() error { return e.Err }

// checkPlace refuses a directory in which others could put a file in the token's place, and a name that means no file.
func checkPlace(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err == nil {
		err = atomicfile.CheckTrusted(dir, info)
	}
	if err != nil {
		return &placeError{err}
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return &placeError{&atomicfile.UntrustedError{Path: path, Reason: "not a regular file"}}
	}
	return nil
}
