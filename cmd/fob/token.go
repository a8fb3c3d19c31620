package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
	"github.com/spf13/cobra"
)

// hostError is a token asked for a place that its profile does not name.
type hostError struct {
	Profile string
	Target  route.Target
}

func (e *hostError) Error() string {
	return "profile " + e.Profile + ": its token does not go to " + e.Target.String()
}

// noHostError is a token asked for a place that no profile names.
type noHostError struct{ Target route.Target }

func (e *noHostError) Error() string { return "no profile for " + e.Target.String() }

// schemeError is a place given without its scheme: any but https must be said, and so that one is too.
type schemeError struct{ Target route.Target }

func (e *schemeError) Error() string { return "not a URL" }

// allowError is a token asked for no URL at all, of a profile that does not allow it.
type allowError struct{ Profile, Front string }

func (e *allowError) Error() string {
	return "profile " + e.Profile + ": its token may not be " + allowed[e.Front] + " without saying where it goes"
}

// allowed are the fronts of commands that name no host, unless --for does.
var allowed = map[string]string{"raw": "printed", "exec": "given to a command", "file": "written to a file"}

type tokenFlags struct {
	output
	least time.Duration
	force bool
	id    bool
}

func (a *app) tokenCommand() *cobra.Command {
	var f tokenFlags
	cmd := &cobra.Command{
		Use:   "token [PROFILE]",
		Short: "Print a profile's token",
		Long: `Print a profile's access token, from the cache or newly minted.

With --for URL the token is printed only if it may go there. Without it the profile must allow "raw". With --id it is the ID token, which has
been checked (OpenID Connect Core §3.1.3.7), and its own expiry.`,
		Example: `  curl -H "$(fob token --output header --for https://api.example.com/v1)" https://api.example.com/v1/me
  fob token acme --output curl --for https://api.example.com | curl -K - https://api.example.com/v1/me
  eval "$(fob token acme --output env --name ACME_TOKEN)"`,
		Args:              atMostOne,
		ValidArgsFunction: a.profileNames,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.token(cmd.Context(), argument(args), f) },
	}
	cmd.Flags().StringVarP(&f.form, "output", "o", "raw", "raw, json, header, curl (a config for curl -K -), netrc or env")
	cmd.Flags().StringVar(&f.place, "for", "", "`URL` that the token is for")
	cmd.Flags().StringVar(&f.name, "name", "", "`VARIABLE` of --output env")
	cmd.Flags().DurationVar(&f.least, "min-ttl", time.Minute, "how long it shall last at least")
	cmd.Flags().BoolVar(&f.force, "force-refresh", false, "mint anew whatever is kept, which stays if that fails")
	cmd.Flags().BoolVar(&f.id, "id", false, "the ID token of a person's login, in place of the access token")
	return cmd
}

// get is p's token as f wants it.
func (f *tokenFlags) get(ctx context.Context, p *session.Profile) (tok fob.Token, err error) {
	if f.force {
		tok, err = p.Renew(ctx)
	} else if !f.id {
		return p.Token(ctx, f.least)
	}
	if err != nil || !f.id {
		return tok, err
	}
	tok, until, err := p.IDToken(ctx, f.least)
	tok.Access, tok.Type, tok.Expiry = tok.ID, "Bearer", until
	return tok, err
}

func (a *app) token(ctx context.Context, name string, f tokenFlags) error {
	if err := f.check("output"); err != nil {
		return err
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	p, err := a.choose(s, name, f.to(), "raw")
	if err != nil {
		return err
	}
	a.notes.asks(s, journal.Entry{Profile: p.Name, Asker: "token", Host: hostOf(f.place)})
	tok, err := a.ask(ctx, p.Name, func(ctx context.Context) (fob.Token, error) { return f.get(ctx, p) })
	if err != nil {
		return err
	}
	out, err := f.write(p.Profile, tok)
	if err != nil {
		return err
	}
	a.saveIndex(ctx, s)
	_, err = a.stdout.Write(out)
	return err
}

// ask gets a token of a profile, and tells whoever waits what for.
func (a *app) ask(ctx context.Context, profile string, get func(context.Context) (fob.Token, error)) (fob.Token, error) {
	a.over = a.noticeMint(profile)
	tok, err := get(ctx)
	a.over()
	return tok, a.notes.failed(err)
}

// choose picks the profile that may answer: the named or usual one, if it allows front; where place, a URL, is known, the one whose host
// it is. Whoever chose it, its token goes only where it says.
func (a *app) choose(s *session.Session, name, place, front string) (*session.Profile, error) {
	if place == "" {
		p, err := profile(s, name)
		if err == nil && !slices.Contains(p.Allow, front) {
			err = kind{credhelper.ErrDenied, &allowError{p.Name, front}}
		}
		return p, err
	}
	if name != "" || len(s.Config.Profiles) == 0 {
		if _, err := profile(s, name); err != nil {
			return nil, err
		}
	}
	target, err := parseURL(place)
	if err != nil {
		return nil, usageError{fmt.Errorf("--for: %w", err)}
	}
	q := route.Query{Target: target, Profile: name, Prefer: s.Config.Chosen}
	found, err := s.Routes().Choose(q)
	if errors.Is(err, route.ErrNoProfile) {
		a.logMisses(s, q)
	}
	switch {
	case errors.Is(err, route.ErrNoProfile) && name != "":
		return nil, kind{credhelper.ErrDenied, &hostError{name, target}}
	case errors.Is(err, route.ErrNoProfile):
		return nil, kind{credhelper.ErrNotFound, &noHostError{target}}
	case err != nil:
		return nil, err
	}
	return s.Profile(found.Name)
}

// parseURL is route.ParseURL for hosts in any script.
func parseURL(raw string) (route.Target, error) {
	if t, err := route.ParseURL("https://" + raw); err == nil && !strings.Contains(raw, "://") {
		return route.Target{}, &schemeError{t}
	}
	t, err := route.ParseURL(raw)
	if !errors.Is(err, route.ErrNonASCII) {
		return t, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return route.Target{}, errNoURL // url.Error quotes it
	}
	return config.ParseTarget(strings.ToLower(u.Scheme), u.Host, u.EscapedPath())
}

// hostOf is a URL's host, and port if it is unusual. Empty: it has none.
func hostOf(raw string) string {
	t, err := parseURL(raw)
	if err != nil {
		return ""
	}
	t.Path = ""
	return strings.TrimPrefix(t.String(), "http://")
}

var errNoURL = errors.New("not a URL")
