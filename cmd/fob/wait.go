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
// silence a wait is told of.
const (
	patience = time.Minute
	silence  = time.Second
)

var errBusy = errors.New("another process is minting its token, and has not come to an end in a minute")

// await is ctx for a wait for that other process, with an end of its own unless the lock is had before.
func (a *app) await(ctx context.Context, profile string) context.Context {
	waiting, cancel := context.WithCancelCause(ctx)
	limit := time.AfterFunc(patience, func() { cancel(errBusy) })
	noticed := a.noticeMint(profile)
	a.over = func() {
		limit.Stop()
		noticed()
	}
	return waiting
}

// noticeMint is notice for a wait for that other process, which has an end already.
func (a *app) noticeMint(profile string) (over func()) {
	return a.notice("waiting for another process, which is minting the token of " + profile)
}

// notice says after silence what is waited for, unless over is called before.
func (a *app) notice(text string) (over func()) {
	return a.noticeOf(func() string { return text })
}

// noticeOf is notice of what is known only when it is said.
func (a *app) noticeOf(text func() string) (over func()) {
	said := make(chan struct{})
	notice := time.AfterFunc(silence, func() {
		fmt.Fprintf(a.stderr, "fob: %s\n", text())
		close(said)
	})
	return sync.OnceFunc(func() {
		if !notice.Stop() {
			<-said
		}
	})
}

// outwaited is err, or what it means if the wait of ctx came to its own end.
func outwaited(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == errBusy {
		return kind{credhelper.ErrTryLater, errBusy}
	}
	return err
}
