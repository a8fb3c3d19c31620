package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob"
)

// gift is a token that a command gets, and where it will find it.
type gift struct {
	how     string // env, file or fd
	name    string // of the variable
	fd      int
	profile string // empty: the usual one
}

// gifts reads the flags: NAME or NAME=PROFILE, where profile is the one meant by NAME alone.
func (f execFlags) gifts(profile string) ([]gift, error) {
	var all []gift
	for _, c := range []struct {
		how   string
		texts []string
	}{{"env", f.env}, {"file", f.files}, {"fd", f.fds}} {
		for _, text := range c.texts {
			g, err := parseGift(c.how, text, profile)
			if err != nil {
				return nil, usageError{err}
			}
			if slices.ContainsFunc(all, func(o gift) bool { return o.name == g.name && o.fd == g.fd }) {
				return nil, usageError{fmt.Errorf("--%s %s: given twice", c.how, text)}
			}
			all = append(all, g)
		}
	}
	if len(all) == 0 {
		return nil, usageError{errNoGift}
	}
	return all, nil
}

// maxFD is the last file descriptor of a shell that POSIX allows for, and then some.
const maxFD = 255

func parseGift(how, text, profile string) (gift, error) {
	name, named, found := strings.Cut(text, "=")
	if !found {
		named = profile
	}
	g := gift{how: how, name: name, fd: -1, profile: named}
	if found && named == "" {
		return gift{}, fmt.Errorf("--%s %s: no profile behind =", how, text)
	}
	if how != "fd" {
		return g, checkName(how, name)
	}
	var err error
	if g.fd, err = strconv.Atoi(name); err != nil || g.fd < 0 || g.fd > maxFD || g.fd == 1 || g.fd == 2 {
		return gift{}, fmt.Errorf("--fd %s: wants 0, or a number from 3 to %d", text, maxFD)
	}
	if g.fd > 0 && runtime.GOOS == "windows" {
		return gift{}, fmt.Errorf("--fd %s: Windows has no descriptor but 0", text)
	}
	g.name = ""
	return g, nil
}

// checkName takes more than shells do, since npm's variables have slashes and colons in them.
func checkName(how, name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("--%s %q: no name of a variable", how, name)
	}
	return nil
}

// giveFile writes tok to a file of the command's own, which is kept fresh while it runs, and removed when it has ended.
func (c *command) giveFile(variable string, k *sink, tok fob.Token) (err error) {
	if c.dir == nil {
		if c.dir, err = newGiftDir(c.getenv); err != nil {
			return err
		}
	}
	k.path = filepath.Join(c.dir.path, "token-"+strconv.Itoa(len(c.sinks)+1))
	if err := k.put(tok); err != nil {
		return err
	}
	c.sinks = append(c.sinks, k)
	c.set = append(c.set, variable+"="+k.path)
	return nil
}

// giveBehind leaves the token in a pipe, whose other end the command has as fd.
func (c *command) giveBehind(fd int, text []byte) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	c.pipes = append(c.pipes, tokenPipe{fd, r, w, text})
	return nil
}

// isOurs reports whether a variable is fob's: on Windows in any case of letters, since it knows no other.
func isOurs(name string) bool {
	return strings.HasPrefix(name, "FOB_") || runtime.GOOS == "windows" && len(name) >= 4 && strings.EqualFold(name[:4], "FOB_")
}

func containsName(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n == name || runtime.GOOS == "windows" && strings.EqualFold(n, name) })
}
