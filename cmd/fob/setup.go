package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/setup"
	"github.com/spf13/cobra"
)

// setupFlags are those of fob setup.
type setupFlags struct {
	dryRun, repair, selfHeal, replace bool
	kubeletConfig, kubeletBinDir      string
}

func (a *app) setupCommand() *cobra.Command {
	var f setupFlags
	cmd := &cobra.Command{
		Use:   "setup [TOOL [PROFILE]]",
		Short: "Have a tool ask fob for its credentials",
		Long: `Write fob into the configuration of a tool, for the hosts of one profile or of all. Everything else in its files stays as it is. Without
a tool, say what is set up. "fob unsetup TOOL" takes it back.`,
		Example: `  fob setup
  fob setup git
  fob setup docker acme --dry-run
  fob setup --repair`,
		Args: cobra.MaximumNArgs(2),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return setup.Names(), cobra.ShellCompDirectiveNoFileComp
			}
			return a.profileNames(cmd, args[1:], toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.setup(cmd.Context(), args, f) },
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would change, and change nothing")
	cmd.Flags().BoolVar(&f.repair, "repair", false, "renew what was set up, after fob or its configuration has moved")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "take a host over from another helper")
	cmd.Flags().StringVar(&f.kubeletConfig, "image-credential-provider-config", "", "kubelet: the file that it is started with")
	cmd.Flags().StringVar(&f.kubeletBinDir, "image-credential-provider-bin-dir", "", "kubelet: the directory that it is started with")
	cmd.Flags().BoolVar(&f.selfHeal, "self-heal", false, "kubectl: take a call that comes too early for news of a refused token")
	return cmd
}

var errRepairWhat = errors.New("--repair renews all that is set up: it takes no tool and no other flag but --dry-run")

func (a *app) setup(ctx context.Context, args []string, f setupFlags) error {
	if f.repair && (len(args) > 0 || f != setupFlags{repair: true, dryRun: f.dryRun}) {
		return usageError{errRepairWhat}
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	m, err := a.machine(s)
	if err != nil {
		return err
	}
	switch {
	case f.repair:
		return alone(ctx, m, f.dryRun, func() error { return a.repair(ctx, m, f.dryRun) })
	case len(args) == 0:
		return a.whatIsSetUp(ctx, m)
	}
	w := setup.Wish{Tool: args[0], SelfHeal: f.selfHeal, Replace: f.replace, KubeletConfig: f.kubeletConfig, KubeletBinDir: f.kubeletBinDir}
	if len(args) == 2 {
		w.Profiles = args[1:]
	}
	if err := wishable(s, w); err != nil {
		return err
	}
	return alone(ctx, m, f.dryRun, func() error { return a.setupTool(ctx, m, w, f.dryRun) })
}

// wishable refuses what no profile, or no such profile, can grant.
func wishable(s *session.Session, w setup.Wish) error {
	if len(s.Config.Profiles) == 0 {
		return &noProfilesError{s.Config.User}
	}
	if w.SelfHeal && w.Tool != "kubectl" {
		return usageError{errors.New("--self-heal is for kubectl")}
	}
	if w.KubeletConfig+w.KubeletBinDir != "" && w.Tool != "kubelet" {
		return usageError{errors.New("--image-credential-provider-config and --image-credential-provider-bin-dir are for kubelet")}
	}
	for _, name := range w.Profiles {
		if s.Config.Profiles[name] == nil && slices.Contains(setup.Names(), name) {
			return usageError{errors.New(name + " is a tool: setup takes one at a time")}
		}
		if err := known(s, name); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) setupTool(ctx context.Context, m *setup.Machine, w setup.Wish, dryRun bool) error {
	p, err := m.Plan(ctx, w)
	if err != nil {
		return setupError(err)
	}
	if p.Void() {
		return a.carryOut(p, dryRun, w.Tool+": nothing to set up")
	}
	return a.carryOut(p, dryRun, w.Tool+" is set up: nothing to do")
}

// repair goes on to the next tool when one cannot be repaired.
func (a *app) repair(ctx context.Context, m *setup.Machine, dryRun bool) error {
	wishes, err := m.Done()
	if err != nil {
		return err
	}
	if len(wishes) == 0 {
		fmt.Fprintln(a.stderr, "nothing is set up")
	}
	var errs profileErrors
	for _, w := range wishes {
		if err := a.setupTool(ctx, m, w, dryRun); err != nil {
			errs = append(errs, err)
		}
	}
	return errs.or()
}

// carryOut does what p says, or tells it.
func (a *app) carryOut(p *setup.Plan, dryRun bool, nothing string) error {
	for _, text := range p.Warnings {
		a.log.Warn(text)
	}
	if dryRun {
		_, err := fmt.Fprint(a.stdout, p.Diff())
		return err
	}
	if err := p.Apply(func(what string) { fmt.Fprintln(a.stderr, what) }); err != nil {
		return err
	}
	if p.Empty() {
		fmt.Fprintln(a.stderr, nothing)
	}
	return nil
}

func (a *app) whatIsSetUp(ctx context.Context, m *setup.Machine) error {
	states, err := m.States()
	if err != nil {
		return err
	}
	stale, err := staleTools(ctx, m)
	if err != nil {
		return err
	}
	rows := [][]string{{"TOOL", "SET UP", "WHERE"}}
	for _, st := range states {
		done := "no"
		switch {
		case slices.Contains(stale, st.Name):
			done = "stale"
		case st.Done:
			done = "yes"
		}
		rows = append(rows, []string{st.Name, strings.Join(append([]string{done}, st.Profiles...), " "), strings.Join(append(st.Files, st.Links...), " ")})
	}
	if len(stale) > 0 {
		defer fmt.Fprintln(a.stderr, `fob: hint: "fob setup --repair" renews what is stale`)
	}
	return a.writeTable(rows)
}

// staleTools are those that are set up for another place of fob or for other hosts, or whose files somebody has changed.
func staleTools(ctx context.Context, m *setup.Machine) (names []string, err error) {
	wishes, err := m.Done()
	for _, w := range wishes {
		if p, err := m.Plan(ctx, w); err != nil || !p.Empty() {
			names = append(names, w.Tool)
		}
	}
	return names, err
}

// machine is this one. Without a session it has no profiles, which is enough to take back what was set up.
func (a *app) machine(s *session.Session) (*setup.Machine, error) {
	m := &setup.Machine{Getenv: a.getenv, Data: paths.Data(a.getenv), Run: a.askTool}
	if m.Data == "" {
		return nil, errNoData
	}
	if s == nil {
		return m, nil
	}
	for _, name := range s.Config.Names() {
		c := s.Config.Profiles[name]
		p := setup.Profile{Name: name, Hosts: c.Hosts, Allow: c.Allow, Audience: c.Audience, Grant: c.GrantType(), Subject: c.SubjectToken.Request}
		p.Issuer = cmp.Or(c.Issuer, c.TokenEndpoint)
		if opened, err := s.Profile(name); err == nil {
			p.Hosts = opened.Hosts
		}
		m.Profiles = append(m.Profiles, p)
	}
	var err error
	m.Helper, err = a.helperPath()
	return m, err
}

var (
	errNoData   = errors.New("there is no home directory to keep what setup does in")
	errNoHelper = errors.New("no fob-helper beside fob")
)

// helperPath is the fob-helper beside this program: as PATH names it if it does, since that name outlives an upgrade.
func (a *app) helperPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	beside := filepath.Join(filepath.Dir(self), "fob-helper"+filepath.Ext(self))
	there, err := os.Stat(beside)
	if err != nil {
		return "", errNoHelper
	}
	for _, dir := range filepath.SplitList(a.getenv("PATH")) {
		path := filepath.Join(dir, filepath.Base(beside))
		if info, err := os.Stat(path); err == nil && filepath.IsAbs(dir) && os.SameFile(info, there) {
			return path, nil
		}
	}
	return beside, nil
}

// askTool runs a tool that is found on an absolute element of PATH.
func (a *app) askTool(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	path, err := lookPath(a.getenv("PATH"), name)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = dir, a.environ
	return cmd.Output()
}

// lookPath is exec.LookPath with a PATH of its own. It looks in no relative directory.
func lookPath(list, name string) (string, error) {
	for _, dir := range filepath.SplitList(list) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// setupError gives an error of a plan its exit status.
func setupError(err error) error {
	var unknown *setup.UnknownToolError
	if errors.As(err, &unknown) {
		return usageError{fmt.Errorf("%w%s", err, orSimilar(unknown.Name, setup.Names()))}
	}
	if errors.Is(err, setup.ErrKubeletPlaces) {
		return usageError{err}
	}
	return err
}
