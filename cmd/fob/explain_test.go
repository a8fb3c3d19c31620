package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

func TestWaitsWorthALine(t *testing.T) {
	n := new(notes)
	n.waited(19*time.Millisecond, nil)
	if len(n.entries) != 0 {
		t.Errorf("a wait that nobody feels: %v", n.entries)
	}
	n.waited(1500*time.Millisecond, nil)
	n.waited(time.Millisecond, context.DeadlineExceeded)
	if len(n.entries) != 2 || n.entries[0].TookMS != 1500 || n.entries[1].Error != "it took too long" {
		t.Errorf("got %v, want a long wait and one in vain", n.entries)
	}
}

func TestAReasonHoldsNoPathAndNoForeignText(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "/home/ann/secret", Err: syscall.EACCES}
	profile := func(err error) error { return &session.ProfileError{Name: "corp", Err: err} }
	for want, err := range map[string]error{
		"client_secret cannot be read":                             &config.SecretError{Key: "client_secret", From: "file /home/ann/secret", Reason: "cannot be read: permission denied", Err: path},
		"client secret missing or wrong":                           profile(&oauth.LocalError{What: "client secret", Err: path}),
		"configuration: profile.corp.issuer":                       &config.Error{Origin: config.Origin{File: "/home/ann/config.toml"}, Key: "profile.corp.issuer"},
		"refresh_token: refused by a.example: invalid_grant":       profile(&oauth.Error{Op: "refresh_token", Host: "a.example", Status: 400, Code: "invalid_grant", Description: "ann's secret"}),
		"login required":                                           fmt.Errorf("ann: %w", fob.ErrLoginRequired),
		"a file of the state directory is writable by others":      &atomicfile.UntrustedError{Path: "/home/ann/state", Reason: "writable by others"},
		"a file of the state directory: " + syscall.EACCES.Error(): path,
		"a kept token is damaged, and set aside":                   fmt.Errorf("/home/ann: %w", fob.ErrSeal),
		"a kept token is sealed under a key that is not here":      fmt.Errorf("%w: %w", fob.ErrForeignKey, path),
		"the list of sealing keys cannot be read":                  fmt.Errorf("%w: %w", fob.ErrForeignKey, &seal.FileError{Err: path}),
		"a refresh token is not sent":                              profile(&fob.StoreError{Reason: "a refresh token is not sent", Err: path}),
		"interrupted":                                              fmt.Errorf("ann: %w", context.Canceled),
		"for a reason that may not be written down":                errors.New("ann's secret"),
		"": nil,
	} {
		if got := reason(err); got != want {
			t.Errorf("of %v: %q, want %q", err, got, want)
		}
	}
}

func TestATimeOfAnotherDayHasItsDate(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 30, 0, 0, time.Local)
	for ago, want := range map[time.Duration]string{time.Minute: "00:29:00", time.Hour: "2026-11-20 23:30:00"} {
		if got := clock(now.Add(-ago).UTC(), now); got != want {
			t.Errorf("%v ago is %q, want %q", ago, got, want)
		}
	}
}

// journalOf is what the machine's fob explain would tell.
func (m *machine) journalOf(t *testing.T) []journal.Entry {
	t.Helper()
	entries, err := journal.Journal(paths.Journal(m.path("state", "fob"))).Read()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestOfFiftyHelpersOneSaysThatItMinted(t *testing.T) {
	m := person(t, -time.Minute)
	m.server.Fault(oauthtest.Fault{Hang: true, Reached: func() { m.reached <- struct{}{} }})
	fleet := m.helpers(t, 50)
	<-m.reached
	m.server.Release()
	m.wantAll(t, fleet)
	minted := 0
	for _, e := range m.journalOf(t) {
		switch {
		case e.What == "minted" && e.Why == "expired" && e.Profile == "corp":
			minted++
		case e.What != "waited" || e.Profile != "corp" || e.Asker == "":
			t.Errorf("got %+v, want one mint, and those who waited for it", e)
		}
	}
	if minted > 1 { // none: whoever minted had no patience left for the journal
		t.Errorf("%d mints noted, want 1", minted)
	}
	data, err := os.ReadFile(m.path("state", "fob", "journal"))
	if err != nil || strings.Contains(string(data), oauthtest.Canary) {
		t.Errorf("the journal holds a secret, or nothing: %v", err)
	}
}
