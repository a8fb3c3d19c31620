package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fobkit/fob/internal/session"
	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what is kept for each profile",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.status(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return cmd
}

// state is a profile as status shows it.
type state struct {
	Profile string     `json:"profile"`
	State   string     `json:"state"` // valid, expired, none, or error
	Expires *time.Time `json:"expires_at,omitempty"`
	Refresh bool       `json:"refresh_token"`
	Hosts   []string   `json:"hosts"`
	Stored  string     `json:"stored"`
	Error   string     `json:"error,omitempty"`

	expires string
}

func (a *app) status(ctx context.Context, asJSON bool) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	var states []state
	for _, name := range s.Config.Names() {
		states = append(states, stateOf(ctx, s, name))
	}
	if asJSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(states)
	}
	if len(states) == 0 {
		fmt.Fprintf(a.stderr, "no profiles; they are written in %s\n", s.Config.User)
		return nil
	}
	return a.table(states)
}

func stateOf(ctx context.Context, s *session.Session, name string) state {
	st := state{Profile: name, State: "none", Stored: keptIn(s)}
	p, err := s.Profile(name)
	if err != nil {
		st.State, st.Error = "error", err.Error()
		return st
	}
	for _, h := range p.Hosts {
		st.Hosts = append(st.Hosts, h.String())
	}
	now := time.Now()
	tok := p.Source.Kept(ctx)
	st.expires, st.Refresh = expiry(tok, now), tok.Refresh != ""
	if tok.Access == "" {
		return st
	}
	if st.State = "expired"; tok.Valid(now) {
		st.State = "valid"
	}
	if !tok.Expiry.IsZero() {
		utc := tok.Expiry.UTC().Truncate(time.Second)
		st.Expires = &utc
	}
	return st
}

func (a *app) table(states []state) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tSTATE\tTOKEN\tHOSTS\tSTORED")
	for _, st := range states {
		token := st.expires
		if st.Refresh {
			token += ", refreshable"
		}
		if st.Error != "" {
			token = st.Error
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", st.Profile, st.State, token, strings.Join(st.Hosts, " "), st.Stored)
	}
	return w.Flush()
}
