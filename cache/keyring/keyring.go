// Package keyring keeps secrets in the operating system's keyring: the Secret Service on Linux and the BSDs, the login
// keychain on macOS, the Credential Manager on Windows.
package keyring

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/fobkit/fob"
	gokeyring "github.com/zalando/go-keyring"
)

// Keyring is the keyring of this user. The zero Keyring is ready. A name in it is SERVICE/ACCOUNT.
//
// A Secret Service that is locked is not unlocked, since that would open a window behind whatever tool has called: it is
// ErrLocked.
type Keyring struct {
	// Timeout bounds one question to the keyring, which on some systems may wait for a person. Zero: 3 s.
	Timeout time.Duration
}

// Error is what is wrong with the keyring, in words that hold nothing of its content.
type Error string

func (e Error) Error() string { return string(e) }

// Reason is the error's text, which may be shown to people.
func (e Error) Reason() string { return string(e) }

const (
	// ErrNone is returned where there is no keyring to ask: on Linux, no session bus. None is ever started.
	ErrNone = Error("no keyring in this session")

	// ErrLocked is returned for a keyring that says it is locked.
	ErrLocked = Error("keyring is locked")

	// ErrTimeout is returned for a keyring that does not answer in time; it may be locked.
	ErrTimeout = Error("keyring does not answer")

	// ErrFailed is returned for a keyring that is locked, or failed in a way that is its own to explain.
	ErrFailed = Error("keyring is locked, or failed")

	// ErrName is returned for a name that is not SERVICE/ACCOUNT.
	ErrName = Error("its name is not SERVICE/ACCOUNT")
)

// Secret returns what lies under name. The error is fob.ErrNotFound if there is nothing, ErrNone, ErrLocked, ErrTimeout,
// ErrFailed, ErrName, or ctx's.
func (k Keyring) Secret(ctx context.Context, name string) (fob.Secret, error) {
	text, err := k.at(ctx, name, gokeyring.Get)
	return fob.Secret(text), err
}

// Set keeps value under name, in place of what lies there. The errors are those of Secret, but for fob.ErrNotFound.
func (k Keyring) Set(ctx context.Context, name string, value fob.Secret) error {
	_, err := k.at(ctx, name, func(service, account string) (string, error) {
		return "", gokeyring.Set(service, account, string(value))
	})
	return err
}

// Delete removes what lies under name. Nothing there is no error; the others are those of Secret.
func (k Keyring) Delete(ctx context.Context, name string) error {
	_, err := k.at(ctx, name, func(service, account string) (string, error) {
		return "", gokeyring.Delete(service, account)
	})
	if errors.Is(err, fob.ErrNotFound) {
		return nil
	}
	return err
}

// at puts question for name, if there is a keyring that may be asked.
func (k Keyring) at(ctx context.Context, name string, question func(service, account string) (string, error)) (string, error) {
	service, account, ok := strings.Cut(name, "/")
	if !ok || service == "" || account == "" {
		return "", ErrName
	}
	if !present() {
		return "", ErrNone
	}
	text, err := k.ask(ctx, func() (string, error) {
		if locked() {
			return "", ErrLocked
		}
		return question(service, account)
	})
	switch {
	case err == nil, errors.Is(err, context.Cause(ctx)), errors.As(err, new(Error)):
		return text, err
	case errors.Is(err, gokeyring.ErrNotFound):
		return "", fob.ErrNotFound
	}
	return "", ErrFailed // what it says of itself is another program's text
}

// ask calls question, which knows no ctx, on a goroutine that may outlive the call: a keyring that hangs holds nothing but that.
func (k Keyring) ask(ctx context.Context, question func() (string, error)) (string, error) {
	timeout := k.Timeout
	if timeout == 0 {
		timeout = 3 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, ErrTimeout)
	defer cancel()
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := question()
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		return a.text, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
