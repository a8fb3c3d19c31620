package main

import (
	"errors"

	"github.com/fobkit/fob/internal/term"
	"github.com/spf13/cobra"
)

const longHelp = `fob keeps one token for your programs and your tools, and asks the authorization server for it once.

Exit codes: 0 ok, 1 not found, 2 usage or configuration, 3 login required, 4 denied, 69 server unreachable,
75 try again later, 77 permission, 130 interrupted.`

// helpWidth is as wide as text is read with ease.
const helpWidth = 100

// root is the command tree. Each command is a file of its own.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "fob",
		Short: "One token cache for your programs and your tools",
		Long:  longHelp,
		Example: `  fob login acme
  fob setup git
  fob token acme --for https://api.example.com
  fob doctor`,
		SilenceErrors: true, // report prints them, once
		SilenceUsage:  true,
		Args:          knownCommand,
	}
	// Of our own, since cobra's takes a template, and with text/template come two megabytes.
	asked := root.Flags().Bool("version", false, "print the version")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *asked {
			return a.printVersion()
		}
		return cmd.Help()
	}
	root.SuggestionsMinimumDistance = 2
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetIn(a.stdin)
	root.SetFlagErrorFunc(badFlag)
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		cmd.Long = term.Paragraphs(cmd.Long, min(term.Width(a.stdout), helpWidth))
		help(cmd, args)
	})
	root.SetHelpCommand(a.helpCommand(root))
	root.AddCommand(a.tokenCommand(), a.loginCommand(), a.logoutCommand(), a.statusCommand(), a.explainCommand(), a.configCommand(), a.helperCommand(),
		a.demoCommand(), a.versionCommand(), a.refreshCommand(), a.rekeyCommand(), a.keygenCommand())
	root.AddCommand(a.browseCommand(), a.initCommand(), a.execCommand(), a.syncCommand(), a.setupCommand(), a.unsetupCommand(), a.doctorCommand(), a.completionCommand(), a.manCommand())
	completeFlags(root)
	return root
}

// helpCommand is cobra's, but that a command which there is not is an error.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Say how a command is used",
		Example: "  fob help token",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(root, args)
			}
			return cmd.Help()
		},
	}
}

// knownCommand is for the root, whose arguments can only be a command that there is not.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := "no command " + args[0]
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		text += ", did you mean " + similar[0] + "?"
	}
	return usageError{errors.New(text)}
}

// noArguments takes none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{errors.New(cmd.Name() + " takes no arguments")}
	}
	return nil
}

// atMostOne takes a profile's name or nothing.
func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError{errors.New("more than one profile")}
	}
	return nil
}

// profileNames completes the name of a profile.
func (a *app) profileNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	s, err := a.session()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return s.Config.Names(), cobra.ShellCompDirectiveNoFileComp
}

func argument(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
