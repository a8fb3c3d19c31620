package main

import (
	"context"
	"errors"

	"github.com/fobkit/fob/internal/setup"
	"github.com/spf13/cobra"
)

func (a *app) unsetupCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "unsetup TOOL",
		Short: "Take out of a tool's configuration what fob setup wrote",
		Long:  `Remove what "fob setup TOOL" wrote and linked, and nothing else: a file that was not touched since is what it was before, to the byte.`,
		Example: `  fob unsetup git
  fob unsetup docker --dry-run`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("unsetup wants the name of a tool")}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return setup.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.unsetup(cmd.Context(), args[0], dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func (a *app) unsetup(ctx context.Context, tool string, dryRun bool) error {
	m, err := a.machine(nil)
	if err != nil {
		return err
	}
	return alone(ctx, m, dryRun, func() error { return a.takeBack(m, tool, dryRun) })
}

func (a *app) takeBack(m *setup.Machine, tool string, dryRun bool) error {
	p, err := m.PlanRemoval(tool)
	if err != nil {
		return setupError(err)
	}
	return a.carryOut(p, dryRun, tool+" is not set up: nothing to do")
}
