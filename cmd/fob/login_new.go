package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
	"github.com/spf13/cobra"
)

// profileFlags say what a new profile is. A secret is never among them: whoever lists processes would read it.
type profileFlags struct {
	name, provider, host, tenant, issuer string
	grant, clientID, secretFile, caFile  string
	scopes, hosts, allow                 []string
	yes, dryRun                          bool
}

func (f *profileFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "new profile: its `NAME`")
	flags.StringVar(&f.provider, "provider", "", "new profile: a `SYSTEM` that fob knows, such as github")
	flags.StringVar(&f.host, "provider-host", "", "new profile: `HOST` of the provider's own installation")
	flags.StringVar(&f.tenant, "tenant", "", "new profile: `TENANT` or realm of the provider")
	flags.StringVar(&f.issuer, "issuer", "", "new profile: `URL` of the authorization server")
	flags.StringVar(&f.caFile, "ca-file", "", "new profile: PEM `FILE` of the server's own certificate authority")
	flags.StringVar(&f.grant, "grant", "", "new profile: authorization_code, device_code, client_credentials, …")
	flags.StringVar(&f.clientID, "client-id", "", "new profile: `ID` of the client")
	flags.StringVar(&f.secretFile, "client-secret-file", "", "new profile: `FILE` with the client's secret")
	flags.StringSliceVar(&f.scopes, "scope", nil, "new profile: a `SCOPE` to ask for")
	flags.StringSliceVar(&f.hosts, "host", nil, "new profile: a `HOST` that its token may go to")
	flags.StringSliceVar(&f.allow, "allow", nil, "new profile: a front-end that names no host, such as raw")
	flags.BoolVar(&f.yes, "yes", false, "ask nothing about the new profile")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the new profile, and write nothing")
}

// given reports whether there is a new profile in f.
func (f profileFlags) given() bool {
	return f.name+f.provider+f.host+f.tenant+f.issuer+f.grant+f.clientID+f.secretFile+f.caFile != "" || f.yes || f.dryRun ||
		len(f.scopes)+len(f.hosts)+len(f.allow) > 0
}

func (f profileFlags) draft() (draft, error) {
	d := draft{
		name: f.name, provider: f.provider, host: f.host, tenant: f.tenant, issuer: f.issuer, grant: f.grant, clientID: f.clientID,
		scopes: f.scopes, hosts: f.hosts, allow: f.allow,
	}
	for file, path := range map[*string]string{&d.secretFile: f.secretFile, &d.caFile: f.caFile} {
		if path == "" {
			continue
		}
		var err error
		if *file, err = filepath.Abs(path); err != nil {
			return d, err
		}
	}
	return d, nil
}

// placeOf is the URL that s stands for, which no profile is named. Empty: it is none.
func placeOf(s *session.Session, name string) string {
	switch {
	case name == "" || s.Config.Profiles[name] != nil:
		return ""
	case strings.Contains(name, "://"):
		return name
	case strings.ContainsAny(name, ".:"):
		return "https://" + name
	}
	return ""
}

// profileFor is the profile that logs in at place already, or "".
func profileFor(s *session.Session, place string) string {
	place = strings.TrimSuffix(place, "/")
	for _, name := range s.Config.Names() {
		p, err := s.Profile(name)
		if err == nil && p.Person() && strings.TrimSuffix(p.System.Client.Issuer, "/") == place {
			return name
		}
	}
	return ""
}

// isNew reports whether a login is the first of a profile that is to be written: a URL, flags that say what it is, or nothing at all by
// somebody who can be asked.
func (a *app) isNew(s *session.Session, name string, f profileFlags) bool {
	return f.given() || placeOf(s, name) != "" || name == "" && len(s.Config.Profiles) == 0 && a.typed()
}

// newProfile writes a profile, and logs in.
func (a *app) newProfile(ctx context.Context, s *session.Session, place string, f loginFlags) error {
	d, err := f.draft()
	if err != nil {
		return err
	}
	var q *prompt
	if !f.yes {
		q = a.prompt()
	}
	if q != nil {
		defer q.screen.Close()
	}
	if err := complete(ctx, s, q, &d, place); err != nil {
		return err
	}
	if d.secret != "" && s.Config.User != "" {
		d.secretFile = secretPlace(filepath.Dir(s.Config.User), d.name)
	}
	if err := d.check(); err != nil {
		return err
	}
	if f.dryRun {
		_, err := fmt.Fprint(a.stdout, d.table())
		return err
	}
	if ok, err := a.agreed(ctx, q, d); !ok {
		return err
	}
	path, err := a.add(ctx, s, d)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "profile %s is written to %s\n", d.name, path)
	f.profileFlags = profileFlags{}
	return a.login(ctx, d.name, f)
}

func (a *app) agreed(ctx context.Context, q *prompt, d draft) (bool, error) {
	if q == nil {
		return true, nil
	}
	q.screen.Say("\n" + d.table() + "\n")
	return q.agree(ctx, "Write this profile, and log in?")
}

// lackError is a flag that a new profile lacks where nobody can be asked.
type lackError string

func (e lackError) Error() string { return "a new profile lacks --" + string(e) }

func flagError(flag string) error { return usageError{lackError(flag)} }

// complete finds out what d lacks: from the server, and from the person.
func complete(ctx context.Context, s *session.Session, q *prompt, d *draft, place string) error {
	for _, step := range []func() error{
		func() error { return whichServer(ctx, q, d, place) },
		func() error { return whichName(ctx, s, q, d) },
		func() error { return whichClient(ctx, q, d) },
		func() error { return whichHosts(ctx, q, d) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func whichServer(ctx context.Context, q *prompt, d *draft, place string) (err error) {
	for place == "" && d.provider == "" && d.issuer == "" {
		if q == nil {
			return flagError("provider or --issuer")
		}
		if place, err = q.line(ctx, "Where you log in: a URL, or a name such as github, gitlab, google", ""); err != nil {
			return err
		}
		if strings.ContainsAny(place, ".:") {
			break
		}
		if _, err := (oauth.Settings{Provider: place, Grant: config.AuthorizationCode, ClientID: "any"}).Open(); err == nil {
			d.provider = place
		} else {
			q.again(fmt.Sprintf("%s alone does not say where: give its URL", place))
		}
		place = ""
	}
	if place == "" {
		return nil
	}
	return recognise(ctx, d, place)
}

// whichName takes one that no other profile has.
func whichName(ctx context.Context, s *session.Session, q *prompt, d *draft) (err error) {
	usual := usualName(s, *d)
	for {
		if d.name == "" && q != nil {
			if d.name, err = q.line(ctx, "Name of the profile", usual); err != nil {
				return err
			}
		}
		if d.name == "" {
			d.name = usual
		}
		if s.Config.Profiles[d.name] == nil {
			return nil
		}
		taken := fmt.Errorf("there is a profile %s already", d.name)
		if q == nil {
			return usageError{taken}
		}
		q.again(taken.Error())
		d.name = ""
	}
}

// usualName is the provider's, or the first telling part of the server's.
func usualName(s *session.Session, d draft) string {
	name := d.provider
	if u, err := url.Parse(d.issuer); name == "" && err == nil && u.Hostname() != "" {
		name = tellingLabel(u.Hostname())
	}
	free := name
	for n := 2; s.Config.Profiles[free] != nil; n++ {
		free = fmt.Sprint(name, "-", n)
	}
	return free
}

// tellingLabel is "corp" of login.corp.example.
func tellingLabel(host string) string {
	labels := strings.Split(host, ".")
	switch {
	case net.ParseIP(host) != nil:
		return "login"
	case len(labels) > 2:
		return labels[1]
	}
	return labels[0]
}

func whichClient(ctx context.Context, q *prompt, d *draft) (err error) {
	if d.grant == "" {
		d.grant = config.AuthorizationCode
	}
	if d.provider == "" && d.scopes == nil && (d.grant == config.AuthorizationCode || d.grant == config.DeviceCode) {
		d.scopes = []string{"openid", "offline_access"} // who one is, and not to be asked again
	}
	if d.clientID == "" && q == nil {
		return flagError("client-id")
	}
	if d.clientID == "" {
		if d.clientID, err = q.line(ctx, "Client ID, as the server gave it to you", ""); err != nil {
			return err
		}
	}
	if q != nil && d.secretFile == "" {
		d.secret, err = q.secret(ctx, "Client secret (not shown; Enter if there is none)")
	}
	return err
}

func whichHosts(ctx context.Context, q *prompt, d *draft) error {
	if len(d.hosts) > 0 || q == nil || d.bringsHosts() {
		return nil
	}
	for {
		text, err := q.optional(ctx, "Hosts that its token may go to, such as git.corp.example (Enter: none yet)", "")
		d.hosts = strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
		wrong := badHost(d.hosts)
		if err != nil || wrong == nil {
			return err
		}
		q.again(wrong.Error())
	}
}

// badHost is about the first of hosts that is none.
func badHost(hosts []string) error {
	for _, h := range hosts {
		if _, err := route.ParsePattern(h); err != nil {
			return fmt.Errorf("%q: %w", h, err)
		}
	}
	return nil
}

// bringsHosts reports whether the provider says where its tokens go.
func (d draft) bringsHosts() bool {
	sys, err := oauth.Settings{Provider: d.provider, Host: d.host, Tenant: d.tenant, Issuer: d.issuer, Grant: d.grant, ClientID: d.clientID}.Open()
	return err == nil && (len(sys.Hosts) > 0 || sys.API.Origin() != "")
}

// serverError is a URL at which nothing says how one logs in there.
type serverError struct{ error }

func (e *serverError) Unwrap() error { return e.error }

// recognise finds out what kind of server place is.
func recognise(ctx context.Context, d *draft, place string) error {
	rt, err := session.TransportFor(d.caFile)
	if err != nil {
		return usageError{fmt.Errorf("--ca-file: %w", err)}
	}
	found, err := oauth.Detect(ctx, place, rt)
	if err != nil {
		return &serverError{err}
	}
	if d.provider = found.Provider; d.provider == "oidc" {
		d.provider = "" // which an issuer alone means
	}
	d.host, d.tenant, d.issuer = found.Host, found.Tenant, found.Issuer
	return nil
}
