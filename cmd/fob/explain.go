package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/term"
	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [PROFILE]",
		Short: "Say why tokens were asked for lately, and by whom",
		Long: `Say what was decided lately that was more than to hand out a kept token, the newest last: who asked, what was done, how long it
took and why. The last 200 such decisions are kept, without tokens, paths and user names; fob logout erases those of its profile.`,
		Example: `  fob explain
  fob explain acme --json`,
		Args:              atMostOne,
		ValidArgsFunction: a.profileNames,
		RunE:              func(_ *cobra.Command, args []string) error { return a.explain(argument(args), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return cmd
}

// explain needs no configuration but for a name of which nothing is noted: it is for those whose configuration is the trouble, too.
func (a *app) explain(profile string, asJSON bool) error {
	state, err := paths.State(a.getenv)
	if err != nil {
		return configError(err)
	}
	entries := []journal.Entry{}
	if state != "" {
		if entries, err = journal.Journal(paths.Journal(state)).Read(); err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e journal.Entry) bool { return profile != "" && e.Profile != profile })
	}
	if profile != "" && len(entries) == 0 {
		if s, err := a.session(); err == nil {
			if err := known(s, profile); err != nil {
				return err
			}
		}
	}
	switch {
	case asJSON:
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(append([]journal.Entry{}, entries...))
	case state == "":
		fmt.Fprintln(a.stderr, "nothing to explain: there is no home directory to note anything in")
	case len(entries) == 0:
		fmt.Fprintln(a.stderr, "nothing to explain: no mint, no wait and no failure is noted")
	default:
		return a.decisions(entries, time.Now())
	}
	return nil
}

// decisions is the table.
func (a *app) decisions(entries []journal.Entry, now time.Time) error {
	rows := [][]string{{"TIME", "PROFILE", "ASKED BY", "WHAT", "TOOK", "WHY"}}
	for _, e := range entries {
		what := e.What
		if !e.Until.IsZero() {
			what += " until " + clock(e.Until, now)
		}
		row := []string{clock(e.Time, now), e.Profile, askedBy(e), what, took(e), both(e.Why, "; ", e.Error)}
		for i := range row {
			row[i] = term.Clean(cmp.Or(row[i], "-"))
		}
		rows = append(rows, row)
	}
	return a.writeTable(rows)
}

// askedBy is "git for git.corp.example, git-remote-http".
func askedBy(e journal.Entry) string {
	return both(both(e.Asker, " for ", e.Host), ", ", e.Parent)
}

// both is a and b, or the one of them that there is.
func both(a, between, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + between + b
}

// clock is the time of day, here, with the date if that is not now's.
func clock(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

func took(e journal.Entry) string {
	switch {
	case e.TookMS == 0:
		return ""
	case e.TookMS < 1000:
		return fmt.Sprintf("%d ms", e.TookMS)
	}
	return fmt.Sprintf("%.1f s", float64(e.TookMS)/1000)
}

// forget erases what explain could tell of a profile; for "", all of it.
func forget(s *session.Session, profile string) error {
	if s.State == "" {
		return nil
	}
	j := journal.Journal(paths.Journal(s.State))
	if profile == "" {
		return j.Erase()
	}
	return j.Forget(profile)
}
