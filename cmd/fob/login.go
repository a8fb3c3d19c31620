package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
	"github.com/spf13/cobra"
)

// loginFlags are those of fob login.
type loginFlags struct {
	browser, device, noBrowser bool
	timeout                    time.Duration
	profileFlags
}

func (a *app) loginCommand() *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login [PROFILE|URL]",
		Short: "Log in: get a new token now, whatever is kept",
		Long: `Get a new token now and keep it, whatever was kept before. A profile of a person asks them, in a browser where there is a display, and
by a code for a browser elsewhere over ssh, in WSL and in containers. A profile with client credentials proves by it that they work; one with a
refresh token begins with the one in the configuration.

A URL, or the name of a host, is that of a server to log in to: its profile is written to the configuration, after asking what fob cannot find
out. Where there is no profile yet, "fob login" alone asks for the server, too. Flags answer what would be asked.`,
		Example: `  fob login corp
  fob login corp --device        # a code, for a browser elsewhere
  fob login corp --no-browser    # only the URL; where the browser ends can be pasted
  fob login git.corp.example     # a new profile, asked for
  fob login --yes --name corp --issuer https://login.corp.example --client-id fob --host git.corp.example`,
		Args:              atMostOne,
		ValidArgsFunction: a.profileNames,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.login(cmd.Context(), argument(args), f) },
	}
	cmd.Flags().BoolVar(&f.browser, "browser", false, "open a browser, display or not")
	cmd.Flags().BoolVar(&f.device, "device", false, "show a code for a browser elsewhere")
	cmd.Flags().BoolVar(&f.noBrowser, "no-browser", false, "print the URL, and open nothing")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "how long to wait for the person (5m, or as long as the code is good)")
	f.add(cmd)
	return cmd
}

// check refuses two ways at once.
func (f loginFlags) check() error {
	if f.browser && f.device || f.browser && f.noBrowser || f.device && f.noBrowser {
		return usageError{errors.New("--browser, --device and --no-browser: only one of them")}
	}
	return nil
}

// way is how the person said to be asked.
func (f loginFlags) way() login.Way {
	switch {
	case f.browser:
		return login.Browser
	case f.device:
		return login.Device
	case f.noBrowser:
		return login.Paste
	}
	return login.None
}

// seedError is a login that failed since the login in the configuration is over.
type seedError struct{ error }

func (e *seedError) Unwrap() error { return e.error }

// byHand is the answer for a profile that neither logs in nor out.
func byHand(p *session.Profile) error {
	return usageError{fmt.Errorf("profile %s has its token in the configuration: there is no login", p.Name)}
}

func (a *app) login(ctx context.Context, name string, f loginFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	if place := placeOf(s, name); place != "" && !f.given() && profileFor(s, place) != "" {
		name = profileFor(s, place)
	}
	if a.isNew(s, name, f.profileFlags) {
		place := placeOf(s, name)
		if place == "" && f.name == "" {
			f.name = name
		}
		return a.newProfile(ctx, s, place, f)
	}
	p, err := profile(s, name)
	if errors.As(err, new(*noProfilesError)) && !a.typed() {
		return kind{lackError("issuer"), err} // whose hint would be this very command
	}
	if err != nil {
		return err
	}
	if !p.Kept() {
		return byHand(p)
	}
	a.notes.asks(s, journal.Entry{Profile: p.Name, Asker: "login"})
	if p.Person() {
		return a.loginPerson(ctx, s, p, f)
	}
	if !p.Shared() {
		if err := a.settleSeal(ctx, s); err != nil {
			return err
		}
	}
	if f.way() != login.None || f.timeout != 0 {
		return usageError{fmt.Errorf("profile %s asks no person: it takes no flag", p.Name)}
	}
	waiting := a.await(ctx, p.Name)
	tok, err := p.Login(waiting)
	switch {
	case context.Cause(waiting) == errBusy:
		return &session.ProfileError{Name: p.Name, Err: a.notes.failed(outwaited(waiting, err))}
	case errors.Is(err, fob.ErrLoginRequired):
		return &seedError{a.notes.failed(err)}
	case err != nil:
		return a.notes.failed(err)
	}
	ctx = context.WithoutCancel(ctx) // what has been done is told, whoever interrupts
	refresh := a.loggedIn(ctx, s, p, tok)
	if !refresh && spent(ctx, p, tok) {
		return &session.ProfileError{Name: p.Name, Err: errLost}
	}
	return nil
}

// loggedIn says what has come of a login, and reports whether its refresh token is kept.
func (a *app) loggedIn(ctx context.Context, s *session.Session, p *session.Profile, tok fob.Token) (refresh bool) {
	access, refresh := whatIsKept(ctx, p, tok)
	who := p.Name
	if name := whoIs(tok); name != "" {
		who += " as " + name
	}
	fmt.Fprintf(a.stderr, "logged in to %s: token %s, kept %s\n", who, expiry(tok, time.Now()), keptIn(s, p, access)+sealedBy(ctx, s, p))
	a.saveIndex(ctx, s)
	return refresh
}

var errLost = errors.New("the refresh token that replaces the one in the configuration could not be kept")

// whatIsKept reports what of tok another process would find, or has replaced by now.
func whatIsKept(ctx context.Context, p *session.Profile, tok fob.Token) (access, refresh bool) {
	found := p.Elsewhere(ctx)
	newer := found.Issued.After(tok.Issued)
	return newer || found.Access == tok.Access, newer || found.Refresh == tok.Refresh
}

// spent reports whether the login behind tok has used up the refresh token it began with.
func spent(ctx context.Context, p *session.Profile, tok fob.Token) bool {
	g, ok := p.System.Grant.(fob.Seeder)
	if !ok || tok.Refresh == "" {
		return false
	}
	seed, err := g.Seed(ctx)
	return err != nil || seed.Refresh != tok.Refresh
}

func (a *app) logoutCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout [PROFILE]",
		Short: "Revoke and remove a profile's token",
		Long: `Revoke a profile's tokens at the authorization server, where it offers that (RFC 7009), the refresh token first, and remove them from
this machine, or, of a profile with a store, from all that share it. What is here is removed even if the server cannot be told, which the exit status then says.`,
		Example: `  fob logout acme
  fob logout --all`,
		Args:              atMostOne,
		ValidArgsFunction: a.profileNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return usageError{errors.New("--all and a profile")}
			}
			return a.logout(cmd.Context(), argument(args), all)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every profile, and what other tools gave to keep")
	return cmd
}

func (a *app) logout(ctx context.Context, name string, all bool) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	if !all {
		return a.logoutOne(ctx, s, name)
	}
	var errs profileErrors
	if err := forget(s, ""); err != nil {
		errs = append(errs, err)
	}
	for _, name := range s.Config.Names() {
		if !s.Config.Profiles[name].Kept() {
			continue
		}
		if err := a.logoutOne(ctx, s, name); err != nil {
			errs = append(errs, err)
		}
	}
	if err := a.forgetKept(ctx, s); err != nil {
		errs = append(errs, err)
	}
	return errs.or()
}

// errWhichLogout is a logout of which nobody said what it leaves.
var errWhichLogout = kind{errors.New("logout"), config.ErrNotChosen}

func (a *app) logoutOne(ctx context.Context, s *session.Session, name string) error {
	p, err := profile(s, name)
	switch {
	case errors.Is(err, config.ErrNotChosen):
		return errWhichLogout
	case err != nil:
		return err
	}
	if !p.Kept() {
		return byHand(p)
	}
	ctx = a.await(ctx, p.Name)
	revokeErr, err := p.Logout(ctx)
	if err == nil && s.State != "" {
		err = login.Board(paths.Logins(s.State)).Forget(ctx, p.Key.Name())
	}
	switch {
	case err != nil:
		return &session.ProfileError{Name: p.Name, Err: outwaited(ctx, err)}
	case errors.Is(revokeErr, oauth.ErrNoRevocation):
		fmt.Fprintf(a.stderr, "logged out of %s %s; its server offers no revocation, so tokens already given out work until they expire\n", p.Name, cmp.Or(everywhere(p), "here"))
	case errors.Is(revokeErr, session.ErrNothingKept):
		fmt.Fprintf(a.stderr, "nothing was kept for %s\n", p.Name)
	case revokeErr != nil:
		untold := &session.ProfileError{Name: p.Name, Err: fmt.Errorf("logged out %s only, since its server could not be told: %w", cmp.Or(everywhere(p), "here"), revokeErr)}
		return errors.Join(untold, forget(s, p.Name))
	default:
		fmt.Fprintf(a.stderr, "logged out of %s\n", both(p.Name, " ", everywhere(p)))
	}
	return forget(s, p.Name)
}

// everywhere is where a logout counts, if that is not here alone.
func everywhere(p *session.Profile) string {
	if !p.Shared() {
		return ""
	}
	return "on all machines that share " + p.Store.Place()
}

// keptIn is where s keeps p's token, for people.
func keptIn(s *session.Session, p *session.Profile, written bool) string {
	switch {
	case p.Shared() && written:
		return "in " + p.Store.Place()
	case s.State == "":
		return "nowhere"
	case !written:
		return "nowhere, since it could not be written"
	}
	return "in " + s.State
}

// expiry says when tok expires, for people.
func expiry(tok fob.Token, now time.Time) string {
	switch {
	case tok.Access == "":
		return "none"
	case tok.Expiry.IsZero():
		return "does not expire"
	case !tok.Valid(now):
		return "expired " + span(now.Sub(tok.Expiry)) + " ago"
	}
	return "expires in " + span(tok.Expiry.Sub(now))
}

// span is d in the one unit that suits it.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
