package login_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/login"
)

const key = "k1-0"

var errSilence = errors.New("nobody came")

// browser is a person's, who may never look at it.
type browser struct{ opened atomic.Int32 }

// unanswered is a login that ends as most do that nobody asked for.
func (b *browser) unanswered(ctx context.Context, publish func(login.Notice)) error {
	publish(notice())
	b.opened.Add(1)
	time.Sleep(5 * time.Minute)
	return errSilence
}

func notice() login.Notice {
	return login.Notice{Way: login.Browser, URL: "https://login.corp.example/authorize?state=x", Deadline: time.Now().Add(5 * time.Minute).Truncate(time.Millisecond)}
}

func never(context.Context) bool { return false }

func board(t *testing.T) login.Board { return login.Board(filepath.Join(t.TempDir(), "logins")) }

func TestAToolThatPollsForEightHoursOpensThreeBrowsers(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		var seen browser
		for end := time.Now().Add(8 * time.Hour); time.Now().Before(end); time.Sleep(10 * time.Second) {
			err := b.Do(t.Context(), key, login.Ask{Profile: "corp", Done: never, Run: seen.unanswered})
			if !errors.Is(err, fob.ErrLoginRequired) && !errors.Is(err, errSilence) {
				t.Fatalf("a poll ended with %v", err)
			}
		}
		if n := seen.opened.Load(); n > 3 {
			t.Errorf("%d browsers opened, want at most 3", n)
		}
	})
}

func TestALeaderThatIsKilledCountsAsUnanswered(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		killed := func(_ context.Context, publish func(login.Notice)) error {
			publish(notice())
			return context.Canceled
		}
		if err := b.Do(t.Context(), key, login.Ask{Done: never, Run: killed}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		var left *login.UnansweredError
		err := b.Do(t.Context(), key, login.Ask{Profile: "corp", Done: never})
		if !errors.As(err, &left) || left.Times != 1 || time.Until(left.Until) <= 0 {
			t.Errorf("the next is told %v, want that one was left unanswered", err)
		}
	})
}

func TestALoginByHandDoesNotMindThoseLeftUnanswered(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		var seen browser
		b.Do(t.Context(), key, login.Ask{Done: never, Run: seen.unanswered})
		done := func(_ context.Context, publish func(login.Notice)) error { publish(notice()); return nil }
		if err := b.Do(t.Context(), key, login.Ask{ByHand: true, Done: never, Run: done}); err != nil {
			t.Fatalf("by hand: %v", err)
		}
		if r := b.Read(key); r != (login.Record{}) {
			t.Errorf("after a login %+v is noted, want nothing", r)
		}
		b.Do(t.Context(), key, login.Ask{Done: never, Run: seen.unanswered})
		if n := seen.opened.Load(); n != 2 {
			t.Errorf("%d browsers, want one before the login by hand and one after", n)
		}
	})
}

func TestAClockThatIsSetBackSilencesNobody(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		ahead := login.Record{Attempts: 1, Until: time.Now().Add(365 * 24 * time.Hour)}
		for _, r := range []login.Record{ahead, {Attempts: -5, Until: ahead.Until}} {
			data, err := r.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if err := fob.Dir(b).Put(t.Context(), key, data); err != nil {
				t.Fatal(err)
			}
			asked := false
			b.Do(t.Context(), key, login.Ask{Done: never, Run: func(_ context.Context, publish func(login.Notice)) error {
				publish(notice())
				asked = true
				return nil
			}})
			if !asked {
				t.Errorf("%d left unanswered until a year from now: nobody is asked", r.Attempts)
			}
		}
	})
}

// Whoever asked before anybody was shown anything has cost nobody a look.
func TestAServerThatIsAwayIsNoLoginLeftUnanswered(t *testing.T) {
	b := board(t)
	errAway := errors.New("no answer")
	away := func(context.Context, func(login.Notice)) error { return errAway }
	for range 3 {
		if err := b.Do(t.Context(), key, login.Ask{Done: never, Run: away}); err != errAway {
			t.Errorf("got %v, want %v", err, errAway)
		}
	}
}

func TestManyAskAndOneLeads(t *testing.T) {
	const callers = 50
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		var browsers, told atomic.Int32
		var in atomic.Bool
		a := login.Ask{
			Profile: "corp", Wait: true,
			Done: func(context.Context) bool { return in.Load() },
			Show: func(n login.Notice) { told.Add(1) },
			Run: func(_ context.Context, publish func(login.Notice)) error {
				publish(notice())
				browsers.Add(1)
				time.Sleep(30 * time.Second)
				in.Store(true)
				return nil
			},
		}
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if err := b.Do(t.Context(), key, a); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if browsers.Load() != 1 || told.Load() != callers-1 {
			t.Errorf("%d browsers, and %d callers told of it; want 1 and %d", browsers.Load(), told.Load(), callers-1)
		}
	})
}

func TestWhoMayNotWaitGetsTheURL(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		want := notice()
		leads, over := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			b.Do(t.Context(), key, login.Ask{Done: never, Run: func(_ context.Context, publish func(login.Notice)) error {
				close(leads)
				time.Sleep(noticeSoon) // as the server's metadata takes
				publish(want)
				<-over
				return nil
			}})
		})
		<-leads
		err := b.Do(t.Context(), key, login.Ask{Profile: "corp", Done: never})
		var under *login.UnderWayError
		if !errors.As(err, &under) || !errors.Is(err, fob.ErrLoginRequired) || under.Notice != want {
			t.Errorf("got %#v, want the notice %+v", err, want)
		}
		close(over)
		wg.Wait()
	})
}

const noticeSoon = 300 * time.Millisecond

func TestAWaiterLeadsWhereTheLeaderGaveUp(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		leads := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			b.Do(t.Context(), key, login.Ask{Done: never, Run: func(context.Context, func(login.Notice)) error {
				close(leads)
				time.Sleep(time.Second)
				return errSilence
			}})
		})
		<-leads
		led := false
		err := b.Do(t.Context(), key, login.Ask{ByHand: true, Wait: true, Done: never, Run: func(context.Context, func(login.Notice)) error {
			led = true
			return nil
		}})
		if err != nil || !led {
			t.Errorf("the waiter: led %v, %v; want it to lead", led, err)
		}
		wg.Wait()
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	b := board(t)
	synctest.Test(t, func(t *testing.T) {
		leads, over := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			b.Do(t.Context(), key, login.Ask{Done: never, Run: func(context.Context, func(login.Notice)) error {
				close(leads)
				<-over
				return nil
			}})
		})
		<-leads
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := b.Do(ctx, key, login.Ask{Wait: true, Done: never}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
		close(over)
		wg.Wait()
	})
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	n := notice()
	want := login.Record{Notice: n, Profile: "corp", PID: 7, Started: n.Deadline, Attempts: 2, Until: n.Deadline.Add(time.Hour)}
	want.Code = "WDJB-MJHT"
	data, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := login.Decode(data)
	if fmt.Sprint(got) != fmt.Sprint(want) || err != nil {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestADamagedRecordStopsNobody(t *testing.T) {
	b := board(t)
	if err := fob.Dir(b).Put(t.Context(), key, []byte("fob-login=1\nattempts=many\n")); err != nil {
		t.Fatal(err)
	}
	if err := b.Do(t.Context(), key, login.Ask{Done: never, Run: func(context.Context, func(login.Notice)) error { return nil }}); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := login.Record{Notice: notice(), Profile: "corp"}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := login.Decode(data)
		if err != nil {
			return
		}
		again, err := r.Encode()
		if err != nil {
			t.Fatalf("%+v was read, and cannot be written: %v", r, err)
		}
		if back, err := login.Decode(again); err != nil || fmt.Sprint(back) != fmt.Sprint(r) {
			t.Errorf("%+v became %+v, %v", r, back, err)
		}
	})
}

func TestMain(m *testing.M) {
	if dir := os.Getenv("FOB_TEST_BOARD"); dir != "" {
		os.Exit(caller(login.Board(dir)))
	}
	if log := os.Getenv("FOB_TEST_BROWSER"); log != "" {
		os.Exit(fakeBrowser(log, slices.Clone(os.Args[1:])))
	}
	os.Exit(m.Run())
}
