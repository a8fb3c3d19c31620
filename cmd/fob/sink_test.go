package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/oauthtest"
)

const execConfig = `[profile.corp]
issuer = "$SERVER"
client_id = "c"
client_secret = { file = "$WORK/secret" }
allow = ["exec"]
`

// origin gives the tokens that a sink writes: a new one where the last is stale, unless it is in trouble.
type origin struct {
	mu      sync.Mutex
	life    time.Duration
	trouble error
	tok     fob.Token
	asked   int
	minted  int
}

func (o *origin) fresh(context.Context) (fob.Token, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked++
	switch now := time.Now(); {
	case o.tok.Access != "" && now.Before(o.tok.RefreshAt()):
		return o.tok, nil
	case o.trouble != nil:
		return o.tok, o.trouble
	default:
		o.minted++
		o.tok = fob.Token{Access: fob.Secret(oauthtest.Canary + strings.Repeat("+", o.minted)), Issued: now, Expiry: now.Add(o.life)}
	}
	return o.tok, nil
}

// given is the last token.
func (o *origin) given() fob.Token {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tok
}

// watched is a sink whose reports are counted.
type watched struct {
	*sink
	reports []string
	mended  int
}

func watch(t *testing.T, o *origin) *watched {
	w := new(watched)
	w.sink = &sink{
		path: filepath.Join(t.TempDir(), "token"), mode: 0o600, token: o.fresh,
		write:  func(t fob.Token) ([]byte, error) { return []byte(string(t.Access)), nil },
		report: func(err error) { w.reports = append(w.reports, err.Error()) },
		again:  func(string) { w.mended++ },
	}
	return w
}

// during keeps w for a while, and calls check a thousand times.
func (w *watched) during(t *testing.T, d time.Duration, check func()) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	done := make(chan struct{})
	go func() {
		new(app).keep(ctx, w.sink)
		close(done)
	}()
	for ctx.Err() == nil {
		time.Sleep(d / 1000)
		synctest.Wait()
		check()
	}
	cancel()
	<-done
}

func holdsText(path string, text fob.Secret) bool {
	data, err := os.ReadFile(path)
	return err == nil && string(data) == string(text)
}

func TestAFileHoldsAValidTokenAtAllTimes(t *testing.T) {
	for _, life := range []time.Duration{5 * time.Second, time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			o := &origin{life: life}
			w := watch(t, o)
			w.during(t, 10*life, func() {
				if tok := o.given(); time.Until(tok.Expiry) < min(life/10, time.Minute) || !holdsText(w.path, tok.Access) {
					t.Fatalf("%v: the file's token has %v left, or is another", life, time.Until(tok.Expiry))
				}
			})
			if o.minted < 10 || o.minted > 14 {
				t.Errorf("%v: %d tokens in ten lifetimes, want 10 to 14", life, o.minted)
			}
			if len(w.reports) > 0 {
				t.Errorf("%v: reports %q", life, w.reports)
			}
		})
	}
}

func TestTheClockIsLookedAtEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &origin{life: 1000 * time.Hour}
		w := watch(t, o)
		w.during(t, time.Hour, func() {})
		if o.asked < 60 || o.asked > 62 {
			t.Errorf("asked %d times in an hour, want once a minute", o.asked)
		}
		o.tok.Expiry = time.Now().Add(-time.Second) // it slept past the expiry
		w.during(t, time.Minute, func() {})
		if o.minted != 2 || !holdsText(w.path, o.tok.Access) {
			t.Errorf("%d tokens minted, want a second after the sleep", o.minted)
		}
	})
}

func TestAFailedMintKeepsTheFileAndIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &origin{life: time.Hour}
		w := watch(t, o)
		w.during(t, time.Minute, func() {})
		first := o.tok.Access
		o.trouble = credhelper.ErrUnreachable
		w.during(t, 58*time.Minute, func() {
			if !holdsText(w.path, first) {
				t.Fatal("the file has lost a token that is valid")
			}
		})
		if len(w.reports) != 1 || !strings.Contains(w.reports[0], "which is valid yet") {
			t.Errorf("a mint that fails for minutes: %q, want one line", w.reports)
		}
		w.during(t, 3*time.Hour, func() {})
		if len(w.reports) != 2 || !strings.Contains(w.reports[1], "holds no valid token") {
			t.Errorf("an expired token: %q, want one line more", w.reports)
		}
		o.trouble = nil
		w.during(t, time.Minute, func() {})
		if w.mended != 1 || !holdsText(w.path, o.tok.Access) || o.tok.Access == first {
			t.Errorf("after the trouble: told %d times, want once, and a new token", w.mended)
		}
	})
}

// A remembered failure says itself when the server may be asked again.
func TestTroubleIsLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &sink{has: fob.Token{Access: "a", Expiry: time.Now().Add(time.Hour)}}
		soon := &fob.RememberedError{Until: time.Now().Add(7 * time.Second)}
		late := &fob.RememberedError{Until: time.Now().Add(time.Hour)}
		for _, tc := range []struct {
			err  error
			want time.Duration
		}{{soon, 7 * time.Second}, {late, time.Minute}, {&fob.StoreError{}, time.Minute}, {errors.New("passing"), time.Second}, {nil, time.Minute}} {
			if got := k.pause(tc.err); got != tc.want {
				t.Errorf("%v: %v, want %v", tc.err, got, tc.want)
			}
		}
	})
}

func TestAFileIsReplacedOnlyIfItsContentChanges(t *testing.T) {
	o := &origin{life: time.Hour}
	w := watch(t, o)
	renew := func() os.FileInfo {
		t.Helper()
		if err := w.renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(w.path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := renew()
	if !os.SameFile(first, renew()) {
		t.Error("replaced by the same token")
	}
	if err := os.WriteFile(w.path, []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if renew(); !holdsText(w.path, o.tok.Access) {
		t.Error("what another has written over it stays")
	}
	if err := errors.Join(os.WriteFile(w.path, []byte("another's"), 0o600), w.remove()); err != nil || !holdsText(w.path, "another's") {
		t.Errorf("removed what another has written: %v", err)
	}
	renew()
	if err := w.remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(w.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("not removed: %v", err)
	}
}

func TestATokenThatAnotherProcessHadDroppedLeavesTheFile(t *testing.T) {
	m := machineFor(t, execConfig)
	_, p, err := m.profile("corp")
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Fresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Fresh(t.Context()); err != nil || again.Access != first.Access {
		t.Errorf("a fresh token was replaced, %v", err)
	}
	_, other, err := m.profile("corp")
	if err == nil {
		err = other.Source.Invalidate(t.Context(), other.Source.Kept(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	if next, err := p.Fresh(t.Context()); err != nil || next.Access == first.Access || m.server.Counts().Requests() != 2 {
		t.Errorf("after %d token requests the dropped token is still served: %v", m.server.Counts().Requests(), err)
	}
}
