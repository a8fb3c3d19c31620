package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fobkit/fob/credhelper"
)

// patience is how long a person's command waits for another process that mints the same token: no mint takes longer. After
// silence it says so.
const (
	patience = time.Minute
	silence  = time.Second
)

var errBusy = errors.New("another process is minting its token, and has not come to an end in a minute")

// await is ctx for a wait for that other process, with an end of its own unless the lock is had before.
func (a *app) await(ctx context.Context, profile string) context.Context {
	waiting, cancel := context.WithCancelCause(ctx)
	limit := time.AfterFunc(patience, func() { cancel(errBusy) })
	said := make(chan struct{})
	notice := time.AfterFunc(silence, func() {
		fmt.Fprintf(a.stderr, "fob: waiting for another process, which is minting the token of %s\n", profile)
		close(said)
	})
	a.over = sync.OnceFunc(func() {
		limit.Stop()
		if !notice.Stop() {
			<-said
		}
	})
	return waiting
}

// outwaited is err, or what it means if the wait of ctx came to its own end.
func outwaited(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == errBusy {
		return kind{credhelper.ErrTryLater, errBusy}
	}
	return err
}
