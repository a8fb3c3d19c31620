package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fobkit/fob/credhelper"
	"github.com/spf13/cobra"
)

// helperCommand is only for help: run takes the word before any flag is parsed.
func (a *app) helperCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "helper " + strings.Join(credhelper.Protocols(), "|") + " [--profile NAME] [VERB]",
		Short: "Answer a tool in its own protocol (fob-helper calls this for what it cannot answer)",
		Args:  cobra.ArbitraryArgs,
		Example: `  printf 'protocol=https\nhost=git.example.com\n\n' | fob helper git get
  echo registry.example.com | fob helper docker --profile acme get`,
		ValidArgsFunction: first(credhelper.Protocols()),
		RunE: func(cmd *cobra.Command, args []string) error {
			return usageError{errors.New("helper wants one of " + strings.Join(credhelper.Protocols(), ", ") + " as its first word")}
		},
	}
}

// helper answers one request. args[0] is the program's name.
func (a *app) helper(ctx context.Context, args []string) int {
	call := credhelper.Call{Args: args, Getenv: a.getenv, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, Version: version()}
	h := &handler{app: a, parent: parentProcess}
	code, err := credhelper.Serve(ctx, h, call)
	if h.s != nil {
		a.saveIndex(ctx, h.s)
	}
	if rest := new(credhelper.HandOver); errors.As(err, &rest) {
		return a.next(rest.Next)
	}
	if advice := hint(h.failed); code != 0 && advice != "" {
		fmt.Fprintf(a.stderr, "fob: hint: %s\n", advice)
	}
	return code
}
