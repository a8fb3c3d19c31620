package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/doctor"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/session"
	"github.com/spf13/cobra"
)

func (a *app) rekeyCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "rekey [--to keyring|file]",
		Short: "Make a new sealing key, and seal anew what is kept",
		Long: `Make a new key for what is kept sealed, in the system's keyring or in a file, seal all of it anew and forget the old key. If it ends half
way, nothing is lost: run it again. What machines share in a store is sealed by store_keys, and stays as it is.`,
		Example: `  fob rekey
  fob rekey --to keyring`,
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
	if nothingSealed(ctx, s) {
		fmt.Fprintln(a.stderr, "nothing to seal anew: there is no key yet, and nothing is kept")
		return nil
	}
	if s.Ring != nil {
		s.Ring.Waiting = a.noticeLock
	}
	done, err := s.Rekey(ctx, place)
	if err != nil {
		return err
	}
	if done.Kept != nil {
		a.log.Warn("an old key stays where it is: " + done.Kept.Error())
	}
	where := s.Ring.Path
	if done.Place == seal.InKeyring {
		where = "the keyring"
	}
	fmt.Fprintf(a.stderr, "%s sealed anew; the key now lies in %s\n", records(done.Sealed), where)
	return left(done.Left)
}

// noticeLock is notice for a wait for a lock.
func (a *app) noticeLock(path string) (over func()) {
	return a.noticeOf(func() string { return "waiting for " + holder(path) + ", which holds " + path })
}

// holder is who has a lock, as far as the system tells.
func holder(lock string) string {
	if pid, program := doctor.Holder(lock); pid != "" {
		return fmt.Sprintf("process %s (%s)", pid, program)
	}
	return "another process"
}

// nothingSealed reports whether there is neither a key nor anything that one could have sealed.
func nothingSealed(ctx context.Context, s *session.Session) bool {
	if s.Ring == nil {
		return false
	}
	place, _, err := s.Ring.Place()
	tokens, tokensErr := fob.Dir(paths.Tokens(s.State)).List(ctx)
	typed, typedErr := fob.Dir(paths.Stored(s.State)).List(ctx)
	return errors.Join(err, tokensErr, typedErr) == nil && place == seal.None && len(tokens)+len(typed) == 0
}

// left tells of records that could not be sealed anew, and of what became of the key they need.
func left(errs profileErrors) error {
	switch n := records(len(errs)); {
	case len(errs) == 0:
		return nil
	case slices.ContainsFunc(errs, func(err error) bool { return !keyGone(err) }):
		return append(errs, errors.New(n+" left as before, and the old key stays for them"))
	default:
		return append(errs, errors.New(n+" left as before: the key they were sealed with is gone"))
	}
}

// keyGone reports whether err is about a text whose key nobody has any more, rather than one that cannot be had now.
func keyGone(err error) bool {
	away := errors.As(err, new(*seal.KeyringError)) || errors.As(err, new(*seal.FileError))
	return errors.Is(err, seal.ErrGone) || errors.Is(err, fob.ErrForeignKey) && !away
}

func records(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprint(n, " records")
}
