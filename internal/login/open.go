package login

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cli/browser"
	"github.com/fobkit/fob/internal/paths"
)

// Opener opens a browser.
type Opener struct {
	// Environ is the environment of the browser, without secrets. FOB_BROWSER names a program and its first arguments, and so does BROWSER, which
	// may be a list with colons between them; %s stands for the URL, which is the last argument otherwise.
	Environ []string
	Getenv  func(name string) string // for those two

	// Self are the words that have this program call Launch, in a process of its own: what a browser writes is then nowhere, and what it inherits is
	// Environ.
	Self []string
}

// settled is how long a program that opens a browser is watched. One that runs on is the browser itself.
const settled = 2 * time.Second

var (
	errNotURL    = errors.New("not a URL that a browser is given")
	errNoBrowser = errors.New("no browser was found")
	errBatch     = errors.New("a batch file, to which a URL could give commands")
)

// Open opens a browser at u: https, or http on loopback. No shell sees it. The error is one of fob's own words: the program that was run, and how
// it ended.
func (o Opener) Open(ctx context.Context, u string) error {
	if err := checkURL(u); err != nil {
		return err
	}
	err := errNoBrowser
	for _, words := range o.commands() {
		if err = o.run(ctx, words, u); err == nil {
			return nil
		}
	}
	return err
}

// commands are what to try, in that order.
func (o Opener) commands() [][]string {
	if words := splitWords(o.Getenv("FOB_BROWSER")); len(words) > 0 {
		return [][]string{words}
	}
	var all [][]string
	for _, text := range filepath.SplitList(o.Getenv("BROWSER")) {
		if words := splitWords(text); len(words) > 0 {
			all = append(all, words)
		}
	}
	if len(o.Self) > 0 {
		all = append(all, o.Self)
	}
	return all
}

// run starts a program, and waits no longer than it takes to see that it did not fail.
func (o Opener) run(ctx context.Context, words []string, u string) error {
	argv := withURL(words, u)
	path, err := lookPath(argv[0], o.Environ)
	if err != nil {
		return fmt.Errorf("browser %s: %w", filepath.Base(argv[0]), errNoBrowser)
	}
	if isBatch(path) {
		return fmt.Errorf("browser %s: %w", filepath.Base(path), errBatch)
	}
	cmd := &exec.Cmd{Path: path, Args: argv, Env: o.Environ, Dir: root(), SysProcAttr: apart()}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("browser %s: could not be run", filepath.Base(path))
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // until the browser is closed: it outlives this process
	select {
	case err := <-ended:
		if err != nil && slices.Equal(words, o.Self) {
			return errNoBrowser // its own words go nowhere, and nobody has heard of that program
		}
		if err != nil {
			return fmt.Errorf("browser %s: exit status %d", filepath.Base(path), cmd.ProcessState.ExitCode())
		}
	case <-time.After(settled):
	case <-ctx.Done():
	}
	return nil
}

// isBatch reports whether a program is run by cmd.exe, which takes what follows a & in a URL for a command.
func isBatch(path string) bool {
	ext := strings.ToLower(filepath.Ext(strings.TrimRight(path, ". ")))
	return ext == ".bat" || ext == ".cmd"
}

// withURL puts u where words have %s, or at their end.
func withURL(words []string, u string) []string {
	var argv []string
	placed := false
	for _, word := range words {
		placed = placed || strings.Contains(word, "%s")
		argv = append(argv, strings.ReplaceAll(word, "%s", u))
	}
	if !placed {
		argv = append(argv, u)
	}
	return argv
}

// splitWords is text in words, at spaces outside of double quotes.
func splitWords(text string) (words []string) {
	quoted := false
	for _, part := range strings.Split(text, `"`) {
		if quoted {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
		quoted = !quoted
	}
	return words
}

// lookPath finds a program on the absolute directories of the PATH in environ.
func lookPath(name string, environ []string) (string, error) {
	if filepath.IsAbs(name) {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(paths.Env(environ)("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(dir) && filepath.Base(name) == name {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// Launch opens the system's browser at u, in this process.
func Launch(u string) error {
	if err := checkURL(u); err != nil {
		return err
	}
	browser.Stdout, browser.Stderr = nil, nil // the null device
	if err := browser.OpenURL(u); err != nil {
		return errNoBrowser
	}
	return nil
}

// checkURL lets through what can be nothing but a URL for a browser: https, or http on loopback, of ASCII characters that no shell, terminal
// or option parser takes for anything else at its beginning.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Opaque != "", strings.ContainsFunc(raw, odd):
		return errNotURL
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errNotURL
}

// odd are the characters that have no place in a URL (RFC 3986 §2).
func odd(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r) }

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
