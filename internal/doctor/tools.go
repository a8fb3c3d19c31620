package doctor

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/setup"
)

// toolChecks look at the tools: what setup wrote, what has been written since, and what the tools themselves get wrong.
var toolChecks = []Check{
	{"set-up tools", checkSetup},
	{"git", checkGit},
	{"docker", checkDocker},
	{"kubectl", checkKubectl},
	{"go", checkGo},
	{"tool versions", checkVersions},
}

// checkSetup compares what setup's manifest says with what is there.
func checkSetup(ctx context.Context, p *Patient) Results {
	if p.Machine == nil || p.Session == nil {
		return nil
	}
	wishes, err := p.Machine.Done()
	if err != nil {
		return fail(err.Error(), "fob setup")
	}
	var names []string
	bad := each(len(wishes), func(i int) Results { return p.drift(ctx, wishes[i]) })
	for _, w := range wishes {
		names = append(names, w.Tool)
	}
	if len(names) == 0 {
		return skip("no tool is set up by fob setup")
	}
	return orElse(bad, strings.Join(names, ", ")+" as setup left them")
}

// drift says what has become of one tool's set-up.
func (p *Patient) drift(ctx context.Context, w setup.Wish) Results {
	plan, err := p.Machine.Plan(ctx, w)
	if err != nil {
		return fail(w.Tool+": "+err.Error(), p.mend(err))
	}
	var said Results
	for _, text := range plan.Warnings {
		said = append(said, warn(w.Tool+": "+text, command("fob", "setup", w.Tool, "--dry-run"))...)
	}
	switch {
	case plan.Void():
		said = append(said, warn(w.Tool+": no profile has a host for it any more", command("fob", "unsetup", w.Tool))...)
	case !plan.Empty():
		said = append(said, fail(w.Tool+" is not as setup left it, or profiles have changed since", "fob setup --repair")...)
	}
	return said
}

// isSetUp reports whether setup has done something for a tool.
func (p *Patient) isSetUp(tool string) bool {
	if p.Machine == nil {
		return false
	}
	wishes, err := p.Machine.Done()
	return err == nil && slices.ContainsFunc(wishes, func(w setup.Wish) bool { return w.Tool == tool })
}

// isFob reports whether a tool's configuration names fob by that word, which may be a path.
func isFob(word string) bool {
	base := strings.TrimSuffix(filepath.Base(filepath.ToSlash(word)), ".exe")
	return base == "fob" || base == "fob-helper" || strings.HasSuffix(base, "-fob")
}

// runs says why a program that a tool's configuration names cannot be run. Empty: it can.
func (p *Patient) runs(program string) string {
	_, err := p.look(program)
	switch {
	case err == nil:
		return ""
	case filepath.IsAbs(program) && errors.Is(err, os.ErrNotExist):
		return program + " is not there"
	case errors.Is(err, exec.ErrNotFound):
		return program + " is on no directory of PATH"
	}
	return program + " cannot be run"
}

// serves reports whether any profile, looked at or not, may answer for a URL.
func (p *Patient) serves(url string) bool {
	target, err := route.ParseURL(bare(url))
	if err != nil || p.Session == nil {
		return err != nil // of what is no URL nothing can be said
	}
	return slices.ContainsFunc(p.Session.Routes().Profiles, func(r route.Profile) bool {
		return slices.ContainsFunc(r.Hosts, func(h route.Pattern) bool {
			target.Path = h.Path // any part of the host will do
			return h.Match(target)
		})
	})
}

// hosts are those of the profiles that are looked at, where they are names of one place.
func (p *Patient) hosts() []route.Pattern {
	var all []route.Pattern
	for _, o := range p.profiles() {
		for _, h := range o.Hosts {
			if !strings.HasPrefix(h.Host, "*.") && !slices.Contains(all, h) {
				all = append(all, h)
			}
		}
	}
	return all
}

// address is a host with its scheme.
func address(h route.Pattern) string {
	if h.Scheme == "https" {
		return "https://" + h.String()
	}
	return h.String()
}

// home is a file below the home directory.
func (p *Patient) home(parts ...string) string {
	dir := p.getenv("HOME")
	if dir == "" {
		dir = p.getenv("USERPROFILE")
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

// maxFile is more than any tool's configuration takes.
const maxFile = 16 << 20
