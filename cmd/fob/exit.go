package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/oauth"
)

// The exit codes of design and help. They are the same whether a person or a tool runs the command, unless the tool's protocol
// demands others.
const (
	exitUsage       = 2
	exitPermission  = 77
	exitInterrupted = 130
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// noProfilesError is a command that needs a profile where there is none.
type noProfilesError struct{ File string } // where they are written; empty: nowhere, for want of a home

func (e *noProfilesError) Error() string {
	if e.File == "" {
		return "no profile is configured, and there is no home to write one in"
	}
	return "no profile is configured; they are written in " + e.File
}

// profileErrors are those of a command that goes on to the next profile. The first decides the exit status.
type profileErrors []error

func (e profileErrors) Error() string   { return errors.Join(e...).Error() }
func (e profileErrors) Unwrap() []error { return e }

// or is e, or nil if there is none.
func (e profileErrors) or() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// classify gives an error of the packages below the kind that credhelper has an exit code and a rendering for.
func classify(err error) error {
	var (
		away      interface{ Unreachable() bool } // an *oauth.Error, or what is remembered of one
		ambiguous *route.AmbiguousError
	)
	switch {
	case err == nil:
		return nil
	case isPermission(err):
		return kind{credhelper.ErrPermission, err}
	case errors.Is(err, route.ErrNoProfile), errors.Is(err, route.ErrNonASCII):
		return credhelper.ErrNotFound
	case errors.As(err, &ambiguous), isConfig(err):
		return kind{credhelper.ErrConfig, err}
	case errors.As(err, new(*seal.KeyringError)), errors.As(err, new(*seal.FileError)), errors.As(err, new(*fob.StoreError)):
		return kind{credhelper.ErrTryLater, err}
	case errors.As(err, &away) && away.Unreachable():
		return kind{credhelper.ErrUnreachable, err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, new(*fs.PathError)): // another process's mint does not end; a disk is full
		return kind{credhelper.ErrTryLater, err}
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
		secret   *config.SecretError
		usage    usageError
		none     *noProfilesError
	)
	return errors.As(err, &bad) || errors.As(err, &unknown) || errors.As(err, &relative) || errors.As(err, &usage) ||
		errors.As(err, &local) || errors.As(err, &secret) || errors.As(err, &none) || errors.Is(err, config.ErrNotChosen)
}

// configError makes of a configuration that cannot be read an error of credhelper's.
func configError(err error) error {
	if isPermission(err) {
		return kind{credhelper.ErrPermission, err}
	}
	return kind{credhelper.ErrConfig, err}
}

func exitCode(err error) int {
	var command *commandError
	if errors.As(err, &command) {
		return command.Code
	}
	return credhelper.ExitCode(classify(err))
}

// isPermission reports whether err is about a file that this user may not use, or that others may write. A socket that a
// firewall refuses with EPERM is none of these.
func isPermission(err error) bool {
	var (
		untrusted *atomicfile.UntrustedError
		path      *fs.PathError
		link      *os.LinkError
	)
	return errors.As(err, &untrusted) || errors.As(err, &path) && errors.Is(path, fs.ErrPermission) ||
		errors.As(err, &link) && errors.Is(link, fs.ErrPermission)
}
