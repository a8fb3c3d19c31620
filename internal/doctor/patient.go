package doctor

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/setup"
)

// Patient is whom it is about: a user on a machine.
type Patient struct {
	Environ []string
	Dir     string           // working directory: git's settings depend on it
	Session *session.Session // nil: Err says why there is none
	Err     error            // that of session.Open
	Profile string           // looked at alone; empty: all
	Program string           // absolute path of fob
	Version string           // of it
	Machine *setup.Machine   // where tools are set up; nil: there is no place for what setup does
	Mint    bool             // a real request for a token may be made

	// Lookup looks a host up. Nil: the system does.
	Lookup func(ctx context.Context, host string) ([]string, error)

	// Hint is what to do about an error. Empty: there is no advice.
	Hint func(error) string

	probes sync.Map // of servers, by token endpoint or issuer
}

func (p *Patient) getenv(name string) string { return paths.Env(p.Environ)(name) }

// names are the profiles that are looked at.
func (p *Patient) names() []string {
	switch {
	case p.Session == nil:
		return nil
	case p.Profile != "":
		return []string{p.Profile}
	}
	return p.Session.Config.Names()
}

// configs are those profiles as they are written.
func (p *Patient) configs() []*config.Profile {
	var all []*config.Profile
	for _, name := range p.names() {
		all = append(all, p.Session.Config.Profiles[name])
	}
	return all
}

// profiles are those of them that can be opened. Whether one can is for a check of its own.
func (p *Patient) profiles() []*session.Profile {
	var all []*session.Profile
	for _, name := range p.names() {
		if opened, err := p.Session.Profile(name); err == nil {
			all = append(all, opened)
		}
	}
	return all
}

// crowd is how many profiles are looked at at once.
const crowd = 16

// each calls look with 0 to n-1, several at once, and returns what it says in that order.
func each(n int, look func(int) Results) Results {
	said := make([]Results, n)
	turn := make(chan struct{}, crowd)
	var wg sync.WaitGroup
	for i := range n {
		turn <- struct{}{}
		wg.Go(func() {
			said[i] = look(i)
			<-turn
		})
	}
	wg.Wait()
	var all Results
	for _, results := range said {
		all = append(all, results...)
	}
	return all
}

func eachProfile(list []*session.Profile, look func(*session.Profile) Results) Results {
	return each(len(list), func(i int) Results { return look(list[i]) })
}

// ask runs a tool that lies on an absolute element of PATH, and returns what it prints. exec.ErrNotFound: there is none. Only git is asked of where
// p is: others let a repository say which version of them is fetched, or run (go.mod, rust-toolchain.toml).
func (p *Patient) ask(ctx context.Context, name string, args ...string) (string, error) {
	path, err := p.look(name)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	if cmd.Dir, cmd.Env = p.Dir, p.Environ; name != "git" {
		cmd.Dir = filepath.VolumeName(p.Program) + string(filepath.Separator)
	}
	cmd.WaitDelay = checkTime / 2 // a child of its own may keep the pipe for ever
	out, err := cmd.Output()
	return string(out), err
}

// look finds a program as a shell does, but in no relative directory.
func (p *Patient) look(name string) (string, error) {
	if filepath.IsAbs(name) {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(p.getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// has reports whether there is such a program.
func (p *Patient) has(name string) bool {
	_, err := p.look(name)
	return !errors.Is(err, exec.ErrNotFound)
}

// exe ends a program's name.
var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// command is words for a shell to paste.
func command(words ...string) string {
	for i, w := range words {
		if strings.ContainsFunc(w, isOdd) {
			words[i] = `"` + w + `"`
			if runtime.GOOS != "windows" {
				words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
		}
	}
	return strings.Join(words, " ")
}

func isOdd(r rune) bool {
	return r <= ' ' || strings.ContainsRune("'\"$&|;<>()*?`!#~", r) || r == '\\' && runtime.GOOS != "windows"
}

// edit is the command that opens a file at a line.
func edit(file string, line int) string {
	if runtime.GOOS == "windows" {
		return command("notepad", file)
	}
	return `${EDITOR:-vi} +` + strconv.Itoa(max(line, 1)) + " " + command(file)
}

// unset is the command that has the shell forget a variable.
func unset(name string) string {
	if runtime.GOOS == "windows" {
		return "set " + name + "="
	}
	return "unset " + name
}

// export is the command that sets a variable. What to is up to the user.
func export(name, value string) string {
	if runtime.GOOS == "windows" {
		return "set " + name + "=" + value
	}
	return "export " + name + "=" + value
}

// chown is the command that makes a file this user's.
func chown(path string) string { return `sudo chown "$(id -un)" ` + command(path) }
