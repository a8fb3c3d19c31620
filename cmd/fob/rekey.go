package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/fobkit/fob/internal/seal"
	"github.com/spf13/cobra"
)

func (a *app) rekeyCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "rekey [--to keyring|file]",
		Short: "Make a new sealing key, and seal anew what is kept",
		Long: `Make a new key for what is kept sealed, in the system's keyring or in a file, seal all of it anew and forget the old key. If it ends half
way, nothing is lost: run it again.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.rekey(cmd.Context(), to) },
	}
	cmd.Flags().StringVar(&to, "to", "", "where the key is to lie: keyring or file (default where it lies)")
	return cmd
}

func (a *app) rekey(ctx context.Context, to string) error {
	place := seal.Place(to)
	switch place {
	case "":
		place = seal.None
	case seal.InKeyring, seal.InFile:
	default:
		return usageError{errors.New("--to: wants keyring or file")}
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	done, err := s.Rekey(ctx, place)
	if err != nil {
		return err
	}
	if done.Kept != nil {
		a.log.Warn("an old key stays where it is: " + done.Kept.Error())
	}
	fmt.Fprintf(a.stderr, "%s sealed anew; the key now lies in the %s\n", records(done.Sealed), done.Place)
	if n := len(done.Left); n > 0 {
		return append(profileErrors(done.Left), fmt.Errorf("%s left as before, and the old key with it", records(n)))
	}
	return nil
}

func records(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprint(n, " records")
}
