package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fobkit/fob/internal/doctor"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/term"
	"github.com/spf13/cobra"
)

// doctorFlags are those of fob doctor.
type doctorFlags struct {
	as         string
	mint, json bool
}

func (a *app) doctorCommand() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor [PROFILE] | doctor --as CALLER [URL]",
		Short: "Find out what is wrong, and what mends it",
		Long: `Look at the configuration, its secrets, files, state directory, sealing key, programs, servers, tokens and tools, all at once, and say what
is wrong and which command mends it. It takes five seconds at most, changes nothing and tells no secret. Commands that secrets come from are run.

With --as it follows one call of a tool: which profile answers and why others do not, what is kept, what would happen, and what the tool
would see. No token is asked for.

Exit codes: 0 nothing has failed, 1 something has.`,
		Example: `  fob doctor
  fob doctor acme --mint
  fob doctor --as git https://git.example.com/team/repo
  fob doctor --json | jq '.[] | select(.state == "fail")'`,
		Args:              doctorArguments,
		ValidArgsFunction: a.profileNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.as != "" {
				return a.rehearse(cmd.Context(), f.as, argument(args), f.json)
			}
			return a.doctor(cmd.Context(), argument(args), f)
		},
	}
	cmd.Flags().StringVar(&f.as, "as", "", "follow one call of this tool, by its word in fob helper")
	cmd.Flags().BoolVar(&f.mint, "mint", false, "ask each server for a token, to see that the client is right")
	cmd.Flags().BoolVar(&f.json, "json", false, "for programs")
	return cmd
}

func doctorArguments(cmd *cobra.Command, args []string) error {
	if cmd.Flags().Changed("as") && len(args) > 1 {
		return usageError{errMoreURLs}
	}
	return atMostOne(cmd, args)
}

// doctor exits with 1 if something has failed: with no error of its own, since all is said.
func (a *app) doctor(ctx context.Context, name string, f doctorFlags) error {
	p, err := a.patient()
	if err != nil {
		return err
	}
	if p.Session != nil && name != "" {
		if err := known(p.Session, name); err != nil {
			return err
		}
	}
	p.Profile, p.Mint = name, f.mint
	results := doctor.Examine(ctx, p)
	if f.json {
		err = a.writeJSON(results)
	} else {
		err = a.diagnosis(results)
	}
	if err == nil && tally(results)[doctor.Fail] > 0 {
		return exited(1)
	}
	return err
}

// patient is this user on this machine. A configuration that cannot be opened is what many come for.
func (a *app) patient() (*doctor.Patient, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &doctor.Patient{Environ: a.environ, Program: self, Version: version(), Hint: hint}
	if p.Dir, err = os.Getwd(); err != nil {
		p.Dir = os.TempDir()
	}
	p.Session, p.Err = session.Open(session.Options{Environ: a.environ, OneShot: true}) // its warnings are results of checks
	if p.Session != nil {
		a.opened = append(a.opened, p.Session)
	}
	p.Machine, _ = a.machine(p.Session) // without fob-helper or a home, which are checks of their own
	return p, nil
}

func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func tally(results []doctor.Result) map[doctor.State]int {
	n := make(map[doctor.State]int)
	for _, r := range results {
		n[r.State]++
	}
	return n
}

// diagnosis is the table. What was skipped is only counted.
func (a *app) diagnosis(results []doctor.Result) error {
	var rows [][]string
	for _, r := range together(results) {
		rows = append(rows, []string{string(r.State), r.Check, both(r.Profile, ": ", r.Text)})
		if r.Mend != "" {
			rows = append(rows, []string{"", "", "mend: " + r.Mend})
		}
	}
	if err := a.writeTable(rows); err != nil {
		return err
	}
	n := tally(results)
	_, err := fmt.Fprintf(a.stdout, "\nfailed: %d, warned: %d, ok: %d, skipped: %d\n", n[doctor.Fail], n[doctor.Warn], n[doctor.OK], n[doctor.Skip])
	return err
}

// together says once what is said of several profiles, and leaves out what was skipped.
func together(results []doctor.Result) (rows []doctor.Result) {
	for _, r := range results {
		if r.State == doctor.Skip {
			continue
		}
		if n := len(rows) - 1; n >= 0 && r.Profile != "" {
			same := r
			if same.Profile = rows[n].Profile; same == rows[n] {
				rows[n].Profile += ", " + r.Profile
				continue
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// writeTable writes rows to stdout, as wide as that is, in colours if it may.
func (a *app) writeTable(rows [][]string) error {
	t := term.Table{Rows: rows, Width: term.Width(a.stdout)}
	if term.Colour(a.stdout, a.getenv) {
		t.Style = colourOf
	}
	return t.Write(a.stdout)
}

// colourOf is the colour of words that say how things are.
func colourOf(cell string) string {
	switch cell {
	case "ok", "valid", "valid, refreshable":
		return "32"
	case "warn", "expired, refreshable":
		return "33"
	case "fail", "error", "expired":
		return "31"
	}
	return ""
}
