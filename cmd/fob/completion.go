package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/seal"
	"github.com/spf13/cobra"
)

// shells are those that cobra writes completion for.
var shells = map[string]func(root *cobra.Command, w io.Writer) error{
	"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
	"zsh":        (*cobra.Command).GenZshCompletion,
	"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
}

func (a *app) completionCommand() *cobra.Command {
	names := slices.Sorted(maps.Keys(shells))
	return &cobra.Command{
		Use:   "completion bash|fish|powershell|zsh",
		Short: "Print what makes a shell complete commands, profiles and tools",
		Long:  "Print a script that has a shell complete fob's commands and flags, and the names of your profiles and tools. Bash wants its package bash-completion for that.",
		Example: `  source <(fob completion bash)
  fob completion zsh > "${fpath[1]}/_fob"
  fob completion fish > ~/.config/fish/completions/fob.fish
  fob completion powershell | Out-String | Invoke-Expression`,
		Args:              func(_ *cobra.Command, args []string) error { return oneOf("completion", "a shell", names, args) },
		ValidArgsFunction: first(names),
		RunE:              func(cmd *cobra.Command, args []string) error { return shells[args[0]](cmd.Root(), a.stdout) },
	}
}

// oneOf takes one of words.
func oneOf(command, what string, words, args []string) error {
	switch {
	case len(args) != 1:
		return usageError{errors.New(command + " wants " + what + ": " + strings.Join(words, ", "))}
	case !slices.Contains(words, args[0]):
		return usageError{fmt.Errorf("%s %q: not one of %s%s", command, args[0], strings.Join(words, ", "), orSimilar(args[0], words))}
	}
	return nil
}

// orSimilar ends an error about a word with the one of words that may be meant.
func orSimilar(word string, words []string) string {
	if s := config.Similar(word, words); s != "" {
		return ", did you mean " + s + "?"
	}
	return ""
}

// first completes the first argument with one of words.
func first(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFlags completes the values of flags that take one of a few words.
func completeFlags(root *cobra.Command) {
	output := slices.Sorted(maps.Keys(forms))
	for flag, words := range map[[2]string][]string{
		{"token", "output"}: output, {"sync", "format"}: output, {"sync", "mode"}: {"0400", "0440", "0600", "0640"},
		{"rekey", "to"}: {string(seal.InKeyring), string(seal.InFile)}, {"doctor", "as"}: callers(),
	} {
		if cmd, _, err := root.Find(flag[:1]); err == nil {
			cmd.RegisterFlagCompletionFunc(flag[1], cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// badFlag is about a flag that a command does not have, or not so.
func badFlag(cmd *cobra.Command, err error) error {
	var unknown interface{ GetSpecifiedName() string } // a *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	var names []string
	for line := range strings.Lines(cmd.Flags().FlagUsages()) {
		if _, rest, ok := strings.Cut(line, "--"); ok {
			names = append(names, strings.Fields(rest)[0])
		}
	}
	if s := config.Similar(unknown.GetSpecifiedName(), names); s != "" {
		return usageError{fmt.Errorf("%w, did you mean --%s?", err, s)}
	}
	return usageError{err}
}
