package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
)

type syncFlags struct {
	output
	mode   string
	once   bool
	remove bool
}

func (a *app) syncCommand() *cobra.Command {
	var f syncFlags
	cmd := &cobra.Command{
		Use:   "sync FILE [PROFILE]",
		Short: "Keep a profile's token in a file, for programs that only read one",
		Long: `Write a profile's access token to FILE, and replace it before it expires, until interrupted.

The file is replaced whole, by rename, and only when what it holds changes. Its directory must be yours, or root's, and nobody else may write there.
With --for URL the token must be one that may go there. Without it the profile must allow "file".`,
		Example: `  fob sync /run/kafka/token acme
  fob sync ~/.netrc.d/git --format netrc --for https://git.example.com --once`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usageError{errors.New("sync takes a file, and at most one profile")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.sync(cmd.Context(), args[0], argument(args[1:]), f)
		},
	}
	cmd.Flags().StringVar(&f.form, "format", "raw", "raw (nothing but the token), json, header, curl, netrc or env")
	cmd.Flags().StringVar(&f.place, "for", "", "`URL` that the token is for")
	cmd.Flags().StringVar(&f.name, "name", "", "`VARIABLE` of --format env")
	cmd.Flags().StringVar(&f.mode, "mode", "0600", "of the file: 0400, 0440, 0600 or 0640")
	cmd.Flags().BoolVar(&f.once, "once", false, "write it once, and end")
	cmd.Flags().BoolVar(&f.remove, "remove", false, "remove the file when interrupted")
	return cmd
}

func (a *app) sync(ctx context.Context, file, name string, f syncFlags) error {
	if err := f.check("format"); err != nil {
		return err
	}
	mode, err := parseMode(f.mode)
	if err != nil {
		return err
	}
	if file == "" || os.IsPathSeparator(file[len(file)-1]) {
		return usageError{fmt.Errorf("%q names a directory, not a file", file)}
	}
	path, err := filepath.Abs(file)
	if err == nil {
		err = checkPlace(path)
	}
	if err != nil {
		return err
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	p, err := a.choose(s, name, f.to(), "file")
	if err != nil {
		return err
	}
	k := a.sink(s, p, f.output, "sync")
	k.path, k.mode = path, mode
	a.saveIndex(ctx, s)
	if f.once {
		return a.once(k, k.renew(ctx))
	}
	return a.untilStopped(ctx, k, f.remove)
}

// once is err, or, where a valid token stands in the file all the same, nil.
func (a *app) once(k *sink, err error) error {
	if err != nil && k.valid() {
		a.warn(err)
		return nil
	}
	return err
}

func (a *app) untilStopped(ctx context.Context, k *sink, remove bool) error {
	if err := a.keep(ctx, k); err != nil || !remove {
		return err
	}
	return k.remove()
}

// parseMode reads the mode of a file that holds a token: others neither read nor write it, and a group reads it at most.
func parseMode(text string) (fs.FileMode, error) {
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode&0o400 == 0 || mode&^0o640 != 0 {
		return 0, usageError{fmt.Errorf("--mode %s: not 0400, 0440, 0600 or 0640", text)}
	}
	return fs.FileMode(mode), nil
}
