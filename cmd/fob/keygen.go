package main

import (
	"fmt"

	"github.com/fobkit/fob/cache/redis"
	"github.com/spf13/cobra"
)

func (a *app) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen",
		Short: "Print a new sealing key for a store that machines share",
		Long: `Print a new key, on one line, to seal what machines share in a store. Each of them needs the same: put it where store_keys says. Of several
lines there, the first seals, and each opens.`,
		Example: `  (umask 077; fob keygen > store.keys)
  fob keygen | kubectl create secret generic fob-store --from-file=keys=/dev/stdin`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, string(redis.NewKey()))
			return err
		},
	}
}
