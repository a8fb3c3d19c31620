package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/session"
	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [PROFILE]",
		Short: "Say what is kept for each profile",
		Long:  "Say of each profile whether a token is kept, until when it is valid, where it may go and where it lies, what seals it, and what the last request failed with, who is minting for all machines that share a store; then what other tools gave to keep. No authorization server is asked.",
		Example: `  fob status
  fob status acme --json`,
		Args: atMostOne,

		ValidArgsFunction: a.profileNames,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), argument(args), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return cmd
}

// state is a profile as status shows it.
type state struct {
	Profile string     `json:"profile"`
	State   string     `json:"state"` // valid, expired, none, static, or error
	Expires *time.Time `json:"expires_at,omitempty"`
	Refresh bool       `json:"refresh_token"`
	Hosts   []string   `json:"hosts"`
	Stored  string     `json:"stored,omitempty"`     // the directory, or the store that machines share; empty: there is no token, or nowhere to keep it
	Failure string     `json:"failure,omitempty"`    // why the last mint failed, until the server may be asked again
	RetryAt *time.Time `json:"retry_at,omitempty"`   // which is when
	Lease   *lease     `json:"lease,omitempty"`      // who mints, on whichever machine; nil: nobody, or the token is not shared
	Away    string     `json:"store_away,omitempty"` // why the store that machines share does not serve: what is said is this machine's own copy
	InDoubt bool       `json:"in_doubt,omitempty"`   // the refresh token was sent, and no answer has been kept
	Login   bool       `json:"login_required,omitempty"`
	sealing
	Error string `json:"error,omitempty"`
}

func (a *app) status(ctx context.Context, name string, asJSON bool) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	names := s.Config.Names()
	if name != "" {
		if err := known(s, name); err != nil {
			return err
		}
		names = []string{name}
	}
	states := []state{}
	var errs profileErrors
	sealed, err := sealingOf(s)
	if err != nil {
		errs = append(errs, err)
	}
	for _, name := range names {
		st, err := stateOf(ctx, s, name)
		if err != nil {
			errs = append(errs, err)
		}
		st.sealing = sealed
		states = append(states, st)
	}
	switch {
	case asJSON:
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(states)
	case len(states) == 0:
		a.report(&noProfilesError{s.Config.User})
		return a.keptTable(ctx, s)
	}
	if len(errs) > 0 {
		a.report(errs)
	}
	if err := a.table(states); err != nil {
		return err
	}
	if name == "" {
		if err := a.keptTable(ctx, s); err != nil {
			return err
		}
	}
	if sealed.Place == seal.None {
		return nil
	}
	_, err = fmt.Fprintf(a.stdout, "\nsealed by %s, key %s\n", keyIn(s, sealed.Place), sealed.Key)
	return err
}

func stateOf(ctx context.Context, s *session.Session, name string) (state, error) {
	p, err := s.Profile(name)
	if err != nil {
		return state{Profile: name, State: "error", Hosts: []string{}, Error: err.Error()}, err
	}
	st := state{Profile: name, State: "none", Hosts: []string{}}
	for _, h := range p.Hosts {
		st.Hosts = append(st.Hosts, h.String())
	}
	if !p.Kept() {
		st.State = p.GrantType() // static or certificate: read where it was written, each time
		return st, nil
	}
	if p.Shared() {
		if err := st.share(ctx, p); err != nil {
			st.State, st.Error = "error", err.Error()
			return st, err
		}
	}
	tok := p.Source.Kept(ctx)
	st.describe(tok, time.Now())
	if tok.Access != "" || tok.Refresh != "" {
		st.Stored = keptAt(s, p)
	}
	st.InDoubt = p.Source.InDoubt(ctx)
	st.Login = takesPerson(p) && st.State != "valid" && !st.Refresh
	if failed := p.Source.Failed(ctx); failed != nil {
		utc := failed.Until.UTC().Truncate(time.Second)
		st.Failure, st.RetryAt = failed.Reason, &utc
	}
	return st, nil
}

// describe says what tok is.
func (st *state) describe(tok fob.Token, now time.Time) {
	st.Refresh = tok.Refresh != ""
	switch {
	case tok.Valid(now):
		st.State = "valid"
	case tok.Access != "":
		st.State = "expired"
	}
	if tok.Access != "" && !tok.Expiry.IsZero() {
		utc := tok.Expiry.UTC().Truncate(time.Second)
		st.Expires = &utc
	}
}

func (a *app) table(states []state) error {
	failures := slices.ContainsFunc(states, func(st state) bool { return st.Failure != "" })
	leases := slices.ContainsFunc(states, func(st state) bool { return st.Lease != nil })
	rows := [][]string{{"PROFILE", "STATE", "EXPIRES", "HOSTS", "STORED"}}
	if failures {
		rows[0] = append(rows[0], "FAILURE")
	}
	if leases {
		rows[0] = append(rows[0], "MINTING")
	}
	now := time.Now()
	for _, st := range states {
		row := []string{st.Profile, st.what(), st.expires(now), cmp.Or(strings.Join(st.Hosts, " "), "-"), cmp.Or(st.where(), "-")}
		if failures {
			row = append(row, st.failure(now))
		}
		if leases {
			row = append(row, st.Lease.text(now))
		}
		rows = append(rows, row)
	}
	return a.writeTable(rows)
}

// what is the state, and what else there is to know of the token.
func (st state) what() string {
	what := st.State
	if st.Refresh {
		what += ", refreshable"
	}
	if st.InDoubt {
		what += ", in doubt"
	}
	if st.Login {
		what += ", login required"
	}
	return what
}

func (st state) failure(now time.Time) string {
	if st.Failure == "" {
		return "-"
	}
	return st.Failure + ", asked again in " + span(st.RetryAt.Sub(now))
}

func (st state) expires(now time.Time) string {
	switch {
	case st.Expires != nil && now.Before(*st.Expires):
		return "in " + span(st.Expires.Sub(now))
	case st.Expires != nil:
		return span(now.Sub(*st.Expires)) + " ago"
	case st.State == "valid":
		return "never"
	}
	return "-"
}
