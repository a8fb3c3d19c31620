package main

import (
	"errors"

	"github.com/fobkit/fob/internal/login"
	"github.com/spf13/cobra"
)

// browseCommand is what a login runs to open the browser: a process of its own, so that nothing a browser writes gets into a tool's answer, and
// it inherits no secret.
func (a *app) browseCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "browse URL",
		Short:  "Open the browser",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("browse takes a URL")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return login.Launch(args[0]) },
	}
}
