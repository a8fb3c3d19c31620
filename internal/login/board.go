package login

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/gofrs/flock"
)

// Board is the directory where a user's processes tell each other of logins: a record for each key, and beside it a lock that is held for as
// long as a person is asked. The system frees it if the holder dies: a process number says less, since a container has its own.
type Board string

// UnderWayError is a login that another process has under way. It matches fob.ErrLoginRequired.
type UnderWayError struct {
	Profile string
	Notice  Notice // what the person is asked for there; zero: that process does not know yet
}

func (e *UnderWayError) Error() string {
	return "profile " + e.Profile + ": login required: another process has asked for it, and waits"
}

// Is matches fob.ErrLoginRequired.
func (e *UnderWayError) Is(target error) bool { return target == fob.ErrLoginRequired }

// UnansweredError says that nobody is asked, since earlier logins were left unanswered. It matches fob.ErrLoginRequired.
type UnansweredError struct {
	Profile string
	Times   int
	Until   time.Time
}

func (e *UnansweredError) Error() string {
	return "profile " + e.Profile + ": login required: the last one was left unanswered, and the next is not asked for before " +
		e.Until.Local().Format("15:04 on 2 January")
}

// Is matches fob.ErrLoginRequired.
func (e *UnansweredError) Is(target error) bool { return target == fob.ErrLoginRequired }

func (b Board) store() fob.Dir { return fob.Dir(b) }

// tryLock is an *UnderWayError if another process has the lock.
func (b Board) tryLock(key string) (unlock func(), err error) {
	if err := atomicfile.MkdirAll(string(b)); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(string(b), key+".lock"), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err == nil && !ok {
		err = new(UnderWayError)
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return func() { lock.Close() }, nil
}

// Read is what is noted of key's logins. What is not there, or cannot be read, is nothing: the lock is what counts.
func (b Board) Read(key string) Record {
	data, err := b.store().Get(context.Background(), key)
	if err != nil {
		return Record{}
	}
	r, _ := Decode(data)
	return r
}

// Forget removes what is noted of key's logins.
func (b Board) Forget(ctx context.Context, key string) error {
	return b.store().Delete(ctx, key)
}

func (l *lead) put(r Record) error {
	data, err := r.Encode()
	if err != nil {
		return err
	}
	return l.board.store().Put(context.Background(), l.key, data)
}
