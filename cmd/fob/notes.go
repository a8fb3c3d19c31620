package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

// notes are what a run has to tell fob explain: what was decided, for whoever asks, that was no plain hit. They are written at
// its end, in one go.
type notes struct {
	mu      sync.Mutex
	state   string             // the directory they go to; empty: nobody asks for a token, or there is none
	asked   journal.Entry      // what all of them have in common
	whys    map[string]fob.Why // of mints under way, by record
	entries []journal.Entry
}

// background is the Asker that fob-helper starts and leaves: whatever its parent is by then, it says nothing.
const background = "refresh"

// asks says for whom this run asks: e's Profile, Host and Asker.
func (n *notes) asks(s *session.Session, e journal.Entry) {
	if e.Asker != background {
		e.Parent = parentName()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state, n.asked = s.State, e
}

func (n *notes) add(e journal.Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e.Time = time.Now()
	n.entries = append(n.entries, e)
}

// longWait is a wait for a lock that is worth a line.
const longWait = 20 * time.Millisecond

func (n *notes) waited(took time.Duration, err error) {
	if err != nil || took >= longWait {
		n.add(journal.Entry{What: "waited", TookMS: took.Milliseconds(), Why: "another process had the token's lock", Error: reason(err)})
	}
}

func (n *notes) remembered(err *fob.RememberedError) {
	n.add(journal.Entry{What: "remembered", Error: reason(err), Until: err.Until})
}

func (n *notes) mints(record string, why fob.Why) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.whys == nil {
		n.whys = make(map[string]fob.Why)
	}
	n.whys[record] = why
}

func (n *notes) minted(record string, took time.Duration, err error) {
	n.mu.Lock()
	why := n.whys[record]
	n.mu.Unlock()
	e := journal.Entry{What: "minted", TookMS: took.Milliseconds(), Why: string(why), Error: reason(err)}
	if err != nil {
		e.What = "failed"
	}
	n.add(e)
}

func (n *notes) dropped() { n.add(journal.Entry{What: "dropped", Why: string(fob.WhyRefused)}) }

func (n *notes) trouble(record string, err error) {
	if record != "" { // else there is no place for a journal either
		n.add(journal.Entry{What: "trouble", Why: reason(err)})
	}
}

// failed notes err, unless what led to it has been noted, and returns it.
func (n *notes) failed(err error) error {
	if err != nil && !n.tellFailure() {
		n.add(journal.Entry{What: "failed", Error: reason(err)})
	}
	return err
}

func (n *notes) tellFailure() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.entries {
		if e.Error != "" {
			return true
		}
	}
	return false
}

// write moves the notes to the journal of their state directory.
func (n *notes) write() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state == "" || len(n.entries) == 0 {
		return nil
	}
	for i := range n.entries {
		e := &n.entries[i]
		e.Profile, e.Host, e.Asker, e.Parent = n.asked.Profile, n.asked.Host, n.asked.Asker, n.asked.Parent
	}
	entries := n.entries
	n.entries = nil
	return journal.Journal(paths.Journal(n.state)).Append(entries...)
}

// reason is what may be written down of err: no path, no secret's place, nothing that another program said.
func reason(err error) string {
	var (
		remembered *fob.RememberedError
		secret     *config.SecretError
		local      *oauth.LocalError
		written    *config.Error
		untrusted  *atomicfile.UntrustedError
		errno      syscall.Errno
		store      *fob.StoreError
		typed      interface {
			error
			Outcome() fob.Outcome
		}
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &remembered):
		return remembered.Reason
	case errors.As(err, &secret):
		what, _, _ := strings.Cut(secret.Reason, ":")
		return secret.Key + " " + what
	case errors.As(err, &local):
		return local.What + " missing or wrong"
	case errors.As(err, &written):
		return "configuration: " + written.Key
	case errors.As(err, &store):
		return store.Reason
	case errors.As(err, new(*seal.FileError)):
		return "the list of sealing keys cannot be read"
	case errors.As(err, &typed):
		return typed.Error()
	case errors.Is(err, fob.ErrLoginRequired):
		return fob.ErrLoginRequired.Error()
	case errors.Is(err, fob.ErrForeignKey):
		return "a kept token is " + fob.ErrForeignKey.Error()
	case recordTrouble(err) != "":
		return recordTrouble(err)
	case errors.As(err, &untrusted):
		return "a file of the state directory is " + untrusted.Reason
	case errors.As(err, &errno):
		return "a file of the state directory: " + errno.Error()
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	}
	return "for a reason that may not be written down"
}
