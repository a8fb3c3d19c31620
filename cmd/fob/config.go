package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/term"
	"github.com/fobkit/fob/oauth"
	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config [PROFILE]",
		Short: "Print what is configured, and where each value comes from",
		Long:  "Print the values in force, secrets masked, and the file and line, variable or preset that each comes from.",
		Example: `  fob config
  fob config acme`,
		Args:              atMostOne,
		ValidArgsFunction: a.profileNames,
		RunE:              func(_ *cobra.Command, args []string) error { return a.config(argument(args)) },
	}
}

func (a *app) config(name string) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	if name != "" {
		return a.configOf(s, name)
	}
	if len(s.Config.Profiles) == 0 {
		return &noProfilesError{s.Config.User}
	}
	general := s.Config.Rows()
	if err := a.rows("", general); err != nil {
		return err
	}
	var errs profileErrors
	for i, name := range s.Config.Names() {
		if i > 0 || len(general) > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := a.configOf(s, name); err != nil {
			errs = append(errs, err)
		}
	}
	return errs.or()
}

// configOf prints what is written of a profile even if it cannot be used.
func (a *app) configOf(s *session.Session, name string) error {
	written, err := s.Config.Pick(name)
	if err != nil {
		return err
	}
	p, err := profile(s, name)
	if err != nil {
		return errors.Join(a.rows("profile."+name, written.Rows()), err)
	}
	return a.rows("profile."+name, p.Rows(derived(p)...))
}

func (a *app) rows(title string, rows []config.Row) error {
	if title != "" {
		fmt.Fprintf(a.stdout, "[%s]\n", title)
	}
	table := term.Table{Gap: 2} // as wide as it gets: what was written can be written again
	for _, r := range rows {
		table.Rows = append(table.Rows, []string{r.Key, "= " + r.Value, "# " + r.Origin})
	}
	return table.Write(a.stdout)
}

// derived is what presets and defaults made of the profile.
func derived(p *session.Profile) []config.Row {
	origin := "default"
	if p.Provider != "" {
		origin = "provider " + p.Provider
	}
	rows := []config.Row{{Key: "grant", Value: p.GrantType(), Origin: "default"}}
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, config.Row{Key: key, Value: value, Origin: origin})
		}
	}
	add("issuer", p.System.Client.Issuer)
	add("token_endpoint", p.System.Client.TokenURL)
	add("revocation_endpoint", p.System.Client.RevocationURL)
	if g, ok := p.System.Grant.(oauth.Person); ok {
		add("authorization_endpoint", p.System.Client.AuthorizationURL)
		add("device_authorization_endpoint", p.System.Client.DeviceURL)
		add("redirect_uri", strings.Join(g.Redirects, " "))
		add("scopes", strings.Join(g.Scopes, " "))
	}
	add("client_auth", authName(p.System.Client.Auth))
	add("api", p.System.API.Root)
	for _, h := range p.Hosts {
		add("hosts", h.String())
	}
	return rows
}

// authName is the configuration's word for how a client proves who it is.
func authName(auth oauth.ClientAuth) string {
	switch auth := auth.(type) {
	case oauth.Basic:
		if auth.Raw {
			return "basic (raw)"
		}
		return "basic"
	case oauth.Params:
		return "params"
	case oauth.PrivateKeyJWT:
		return "private_key_jwt"
	case oauth.ClientSecretJWT:
		return "client_secret_jwt"
	case oauth.ClientAssertion:
		return "client_assertion"
	}
	return "none"
}
