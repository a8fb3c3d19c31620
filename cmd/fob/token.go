package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
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
type allowError struct{ Profile string }

func (e *allowError) Error() string {
	return "profile " + e.Profile + ": its token may not be printed without saying where it goes"
}

type tokenFlags struct {
	output string
	url    string
	least  time.Duration
	force  bool
}

func (a *app) tokenCommand() *cobra.Command {
	var f tokenFlags
	cmd := &cobra.Command{
		Use:   "token [PROFILE]",
		Short: "Print a profile's token",
		Long: `Print a profile's access token, from the cache or newly minted.

With --for URL the token is printed only if it may go there. Without it the profile must allow "raw".`,
		Example: `  curl -H "$(fob token --output header --for https://api.example.com/v1)" https://api.example.com/v1/me
  fob token acme --output curl --for https://api.example.com | curl -K - https://api.example.com/v1/me`,
		Args:              atMostOne,
		ValidArgsFunction: a.profileNames,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.token(cmd.Context(), argument(args), f) },
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "raw", "raw, json, header or curl (a config for curl -K -)")
	cmd.Flags().StringVar(&f.url, "for", "", "`URL` that the token is for")
	cmd.Flags().DurationVar(&f.least, "min-ttl", time.Minute, "how long it shall last at least")
	cmd.Flags().BoolVar(&f.force, "force-refresh", false, "mint anew whatever is kept, which stays if that fails")
	return cmd
}

func (a *app) token(ctx context.Context, name string, f tokenFlags) error {
	format, ok := tokenFormats[f.output]
	if !ok {
		return usageError{fmt.Errorf("--output %q: not raw, json, header or curl", f.output)}
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	p, err := a.choose(s, name, f.url)
	if err != nil {
		return err
	}
	a.notes.asks(s, journal.Entry{Profile: p.Name, Asker: "token", Host: hostOf(f.url)})
	get := func(ctx context.Context) (fob.Token, error) { return p.Token(ctx, f.least) }
	if f.force {
		get = p.Renew
	}
	a.over = a.noticeMint(p.Name)
	tok, err := get(ctx)
	a.over()
	if err != nil {
		return a.notes.failed(err)
	}
	out, err := format(tok)
	if err != nil {
		return err
	}
	a.saveIndex(ctx, s)
	_, err = a.stdout.Write(out)
	return err
}

// choose picks the profile that may answer: the named or usual one, else, where place, a URL, is known, the one whose host it is. Whoever
// chose it, its token goes only where it says.
func (a *app) choose(s *session.Session, name, place string) (*session.Profile, error) {
	if place == "" {
		p, err := profile(s, name)
		if err == nil && !slices.Contains(p.Allow, "raw") {
			err = kind{credhelper.ErrDenied, &allowError{p.Name}}
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

var tokenFormats = map[string]func(fob.Token) ([]byte, error){
	"raw":    func(t fob.Token) ([]byte, error) { return []byte(string(t.Access) + "\n"), nil },
	"header": func(t fob.Token) ([]byte, error) { return []byte(header(t) + "\n"), nil },
	"curl": func(t fob.Token) ([]byte, error) {
		return []byte("header = " + strconv.Quote(header(t)) + "\n"), nil // curl undoes \\ and \", and a token has nothing else to quote
	},
	"json": tokenJSON,
}

func header(t fob.Token) string {
	return "Authorization: " + cmp.Or(t.Type, "Bearer") + " " + string(t.Access)
}

// tokenJSON is what scripts read: access_token and the rest of RFC 6749 §5.1, and expires_at, which does not depend on when
// it is read.
func tokenJSON(t fob.Token) ([]byte, error) {
	out := struct {
		AccessToken string     `json:"access_token"`
		TokenType   string     `json:"token_type"`
		ExpiresAt   *time.Time `json:"expires_at,omitempty"`
		Scopes      []string   `json:"scopes,omitempty"`
	}{AccessToken: string(t.Access), TokenType: t.Type, Scopes: t.Scopes}
	if !t.Expiry.IsZero() {
		utc := t.Expiry.UTC().Truncate(time.Second)
		out.ExpiresAt = &utc
	}
	data, err := json.Marshal(out)
	return append(data, '\n'), err
}
