package main

import (
	"errors"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/oauth"
)

// The exit codes of design and help. They are the same whether a person or a tool runs the command, unless the tool's protocol
// demands others.
const (
	exitNotFound   = 1
	exitUsage      = 2
	exitPermission = 77
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

// classify gives an error of the packages below the kind that credhelper has an exit code and a rendering for.
func classify(err error) error {
	var (
		refused   *oauth.Error
		ambiguous *route.AmbiguousError
	)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, route.ErrNoProfile), errors.Is(err, route.ErrNonASCII):
		return credhelper.ErrNotFound
	case errors.As(err, &ambiguous), isConfig(err):
		return err
	case errors.As(err, &refused) && refused.Status == 0 && refused.Err != nil:
		return kind{credhelper.ErrUnreachable, err}
	}
	return err
}

// kind is err said to be of a kind, in err's own words.
type kind struct{ kind, err error }

func (k kind) Error() string   { return k.err.Error() }
func (k kind) Unwrap() []error { return []error{k.kind, k.err} }

// isConfig reports whether err is something the user wrote, or did not write.
func isConfig(err error) bool {
	var (
		bad      *config.Error
		unknown  *config.UnknownProfileError
		relative *paths.RelativeError
		local    *oauth.LocalError
		usage    usageError
	)
	return errors.As(err, &bad) || errors.As(err, &unknown) || errors.As(err, &relative) || errors.As(err, &usage) ||
		errors.As(err, &local) || errors.Is(err, config.ErrNotChosen)
}

func exitCode(err error) int {
	var untrusted *atomicfile.UntrustedError
	switch {
	case errors.As(err, &untrusted):
		return exitPermission
	case isConfig(err):
		return exitUsage
	}
	return credhelper.ExitCode(classify(err))
}
