package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/setup"
	"github.com/fobkit/fob/internal/term"
	"github.com/fobkit/fob/oauth"
)

// interview is the login of a person.
type interview struct {
	*app
	s *session.Session
	p *session.Profile

	wish        login.Way     // said by hand
	timeout     time.Duration // zero: that of the flow
	tool        string        // the protocol of who wants a token; empty: a person typed it
	interactive bool          // the tool says that a person may be asked

	screen  *term.Screen
	choice  login.Choice
	pasting bool      // the person may paste where the browser ended
	tok     fob.Token // what came of it; zero: another process's login did
}

// nobodyError says why nobody is asked to log in. It matches fob.ErrLoginRequired.
type nobodyError struct {
	Profile, Why string
	ByHand       bool // somebody typed it, and so knows the command already
}

func (e *nobodyError) Error() string {
	return "profile " + e.Profile + ": login required, and nobody is asked: " + e.Why
}
func (e *nobodyError) Is(target error) bool { return target == fob.ErrLoginRequired }

// loginPerson is fob login for a profile of a person.
func (a *app) loginPerson(ctx context.Context, s *session.Session, p *session.Profile, f loginFlags) error {
	v := &interview{app: a, s: s, p: p, wish: f.way(), timeout: f.timeout}
	if err := v.run(ctx); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if v.tok.Access == "" {
		v.tok = p.Source.Kept(ctx)
	}
	a.loggedIn(ctx, s, p, v.tok)
	a.sayNext(s, p)
	return nil
}

// sayNext says what is usually next, unless it has been done: have a tool ask for the token.
func (a *app) sayNext(s *session.Session, p *session.Profile) {
	m, err := a.machine(s)
	if err != nil || len(p.Hosts) == 0 {
		return
	}
	states, err := m.States()
	if err != nil || slices.ContainsFunc(states, func(st setup.State) bool { return st.Done }) {
		return
	}
	fmt.Fprintf(a.stderr, "next: \"fob setup git\" has git ask fob for %s\n", p.Hosts[0])
}

// run has the person log in, or waits until they have for another process. Errors name the profile.
func (v *interview) run(ctx context.Context) error {
	begun := time.Now()
	v.screen = term.Open(v.stderr, v.getenv)
	defer v.screen.Close()
	err := v.ask(ctx)
	if errors.Is(err, oauth.ErrUnanswered) {
		err = kind{fob.ErrLoginRequired, err}
	}
	v.note(time.Since(begun), err)
	return err
}

func (v *interview) ask(ctx context.Context) error {
	v.choice = v.scene(true, true).Choose()
	if v.choice.Way != login.None && v.tool != "" && v.s.State == "" {
		v.choice = login.Choice{Why: "there is no place to keep its token"} // so that each call would ask again
	}
	if v.choice.Way == login.None {
		return v.nobody()
	}
	stop := func() {}
	defer func() { stop() }()
	begun := time.Now()
	board := login.Board("")
	if v.s.State != "" {
		board = login.Board(paths.Logins(v.s.State))
	}
	return board.Do(ctx, v.p.Key.Name(), login.Ask{
		Profile: v.p.Name, ByHand: v.tool == "", Wait: v.screen.Seen,
		Done: func(ctx context.Context) bool {
			tok := v.p.Source.Kept(ctx)
			return tok.Valid(time.Now()) && (v.tool != "" || tok.Issued.After(begun))
		},
		Show: func(n login.Notice) {
			if !v.screen.Seen { // nobody waits: the error's hint says it
				return
			}
			stop()
			v.screen.Say("Another process is logging in to " + v.p.Name + ".\n")
			stop = v.tell(n)
		},
		Run: v.lead,
	})
}

func (v *interview) nobody() error { return &nobodyError{v.p.Name, v.choice.Why, v.tool == ""} }

// scene is what this process knows of where the person is.
func (v *interview) scene(browser, device bool) login.Scene {
	kernel, _ := os.ReadFile("/proc/version")
	return login.Scene{
		OS: runtime.GOOS, Getenv: v.getenv, Kernel: string(kernel),
		Exists:   func(path string) bool { _, err := os.Lstat(path); return err == nil },
		Terminal: v.screen.Seen, Tool: v.tool, Interactive: v.interactive,
		Browser: browser, Device: device, Wish: v.wish,
	}
}

// lead is the login itself.
func (v *interview) lead(ctx context.Context, publish func(login.Notice)) error {
	if err := v.settleSeal(ctx, v.s); err != nil {
		return err
	}
	browser, device, err := v.p.Flows(ctx)
	if err != nil {
		return err
	}
	if device && v.p.GrantType() == config.DeviceCode && v.wish == login.None {
		browser = false // its redirect need not be registered
	}
	v.choice = v.scene(browser, device).Choose()
	switch v.choice.Way {
	case login.None:
		return v.nobody()
	case login.Device:
		told, err := v.byDevice(ctx, publish)
		if !browser || told || v.wish != login.None || fob.OutcomeOf(err) != fob.Terminal {
			return err
		}
		v.choice = login.Choice{Way: login.Paste, Why: "the server refuses its client a code"} // which its metadata do not say
	}
	return v.byBrowser(ctx, publish)
}

// byDevice reports whether the person has been told anything.
func (v *interview) byDevice(ctx context.Context, publish func(login.Notice)) (told bool, err error) {
	if v.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, v.timeout, oauth.ErrUnanswered)
		defer cancel()
	}
	stop := func() {}
	v.tok, err = v.p.LoginDevice(ctx, func(d oauth.DeviceCode) {
		told = true
		n := login.Notice{Way: login.Device, URL: d.URL, Code: d.UserCode, Deadline: d.Expiry}
		publish(n)
		stop = v.tell(n)
	})
	stop()
	if err != nil && errors.Is(context.Cause(ctx), oauth.ErrUnanswered) {
		err = &session.ProfileError{Name: v.p.Name, Err: oauth.ErrUnanswered}
	}
	return told, err
}

// patient is how long a browser is waited for.
const patient = 5 * time.Minute

func (v *interview) byBrowser(ctx context.Context, publish func(login.Notice)) error {
	timeout := v.timeout
	if timeout <= 0 {
		timeout = patient
	}
	b := oauth.Browser{Timeout: timeout, Stray: func(error) {
		v.screen.Say("That is not where this login ends. Paste the whole URL, from http:// on: ")
	}}
	if v.choice.Way == login.Paste {
		b.Pasted = v.screen.Lines()
		v.pasting = b.Pasted != nil
	}
	during, over := context.WithCancel(ctx)
	var opening sync.WaitGroup
	defer opening.Wait()
	defer over()
	stop := func() {}
	b.Open = func(url string) error {
		n := login.Notice{Way: v.choice.Way, URL: url, Deadline: time.Now().Add(timeout)}
		publish(n)
		stop = v.tell(n)
		if n.Way == login.Browser {
			opening.Go(func() { v.open(during, url) })
		}
		return nil
	}
	var err error
	v.tok, err = v.p.LoginBrowser(ctx, b)
	if stop(); v.pasting {
		v.screen.Say("\n") // behind what was asked for
	}
	return err
}

// open opens a browser. Without one, the person has been told what to do.
func (v *interview) open(ctx context.Context, url string) {
	o := login.Opener{Environ: v.environ, Getenv: v.getenv}
	for _, p := range v.s.Config.Profiles {
		o.Environ = without(o.Environ, v.s.Config.SecretVariables(p))
	}
	if self, err := os.Executable(); err == nil {
		o.Self = []string{self, "browse"}
	}
	if err := o.Open(ctx, url); err != nil {
		v.screen.Say("fob: " + term.Clean(err.Error()) + "\n")
	}
}

// tell says what the person has to do, and shows until stop that it is waited for.
func (v *interview) tell(n login.Notice) (stop func()) {
	url, code := v.screen.Bold(n.URL), v.screen.Bold(n.Code)
	switch n.Way {
	case login.Device:
		v.screen.Say(fmt.Sprintf("To log in to %s, open\n\n  %s\n\non any device, and enter the code\n\n  %s\n\n", v.p.Name, url, code))
	case login.Paste:
		v.screen.Say(fmt.Sprintf("To log in to %s, open\n\n%s\n\n", v.p.Name, url))
	default:
		v.screen.Say(fmt.Sprintf("Log in to %s in the browser. If none opens, open\n\n%s\n\n", v.p.Name, url))
	}
	if v.pasting {
		v.screen.Say("If the browser is elsewhere, it ends at a page that it cannot open:\npaste the URL of that here: ")
		return func() {}
	}
	return v.screen.Wait("waiting for you", n.Deadline)
}

// note leaves for fob explain how the person was asked, and why in vain. Why nobody was asked is no news: somebody wants a token every few
// seconds, and what it failed for is noted already.
func (v *interview) note(took time.Duration, err error) {
	if v.choice.Way == login.None {
		return
	}
	e := journal.Entry{What: "logged in", TookMS: took.Milliseconds(), Why: string(v.choice.Way) + ": " + v.choice.Why, Error: reason(err)}
	if err != nil {
		e.What = "not logged in"
	}
	if left := (*login.UnansweredError)(nil); errors.As(err, &left) {
		e = journal.Entry{What: "nobody asked", Why: "the last login was left unanswered", Error: reason(err), Until: left.Until}
	}
	v.notes.add(e)
}
