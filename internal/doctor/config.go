package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/route"
)

// configChecks look at what is written.
var configChecks = []Check{
	{"configuration", checkConfiguration},
	{"profiles", checkProfiles},
	{"overlap", checkOverlap},
	{"destinations", checkDestinations},
}

func checkConfiguration(_ context.Context, p *Patient) Results {
	if p.Err != nil {
		return fail(p.Err.Error(), p.mend(p.Err))
	}
	c := p.Session.Config
	var files []string
	for _, f := range c.Looked() {
		if f.Stamp != (route.Stamp{}) && strings.HasSuffix(f.Path, ".toml") {
			files = append(files, f.Path)
		}
	}
	switch {
	case len(c.Profiles) == 0 && c.User == "":
		return fail("no profile is configured, and there is no home to write one in", export("FOB_CONFIG", "/path/of/config.toml"))
	case len(c.Profiles) == 0:
		return fail("no profile is configured in "+c.User, "fob login")
	}
	return ok(fmt.Sprintf("%s from %s", count(len(c.Profiles), "profile"), strings.Join(orNone(files), ", ")))
}

// mend is the command that does something about err: as far as there is one, else the advice.
func (p *Patient) mend(err error) string {
	var bad *config.Error
	var untrusted *atomicfile.UntrustedError
	switch {
	case errors.As(err, &bad) && bad.File != "":
		return edit(bad.File, bad.Line)
	case errors.As(err, &bad) && bad.Env != "":
		return unset(bad.Env)
	case errors.As(err, &untrusted) && untrusted.Reason == "writable by others":
		return command("chmod", "go-w", untrusted.Path)
	case errors.As(err, &untrusted) && untrusted.Reason == "owned by someone else":
		return chown(untrusted.Path)
	case p.Hint == nil:
		return ""
	}
	advice := p.Hint(err)
	if run, ok := strings.CutPrefix(advice, "run \""); ok && strings.HasSuffix(run, "\"") {
		return strings.TrimSuffix(run, "\"")
	}
	return advice
}

// checkProfiles opens each profile: what is written of it may be well-formed, and yet of no use.
func checkProfiles(_ context.Context, p *Patient) Results {
	var bad Results
	for _, c := range p.configs() {
		if _, err := p.Session.Profile(c.Name); err != nil {
			bad = append(bad, fail(strings.TrimPrefix(err.Error(), "profile "+c.Name+": "), p.editProfile(c, err)).of(c.Name)...)
		}
	}
	if len(p.names()) == 0 {
		return nil
	}
	return orElse(bad, "each can be opened")
}

// editProfile opens the file at the profile, unless there is better advice.
func (p *Patient) editProfile(c *config.Profile, err error) string {
	if advice := p.mend(err); advice != "" {
		return advice
	}
	if o := c.Origin(""); o.File != "" {
		return edit(o.File, o.Line)
	}
	return command("fob", "config", c.Name)
}

// checkOverlap finds hosts for which two profiles match equally: then neither answers.
func checkOverlap(_ context.Context, p *Patient) Results {
	if len(p.names()) == 0 {
		return nil
	}
	index, told := p.Session.Routes(), make(map[string]bool)
	var equal Results
	for _, r := range index.Profiles {
		for _, h := range r.Hosts {
			var err *route.AmbiguousError
			_, e := index.Choose(route.Query{Target: route.Target(h), Prefer: p.Session.Config.Chosen})
			if !errors.As(e, &err) || told[h.String()] || p.Profile != "" && p.Profile != err.A && p.Profile != err.B {
				continue
			}
			told[h.String()] = true
			equal = append(equal, p.equal(err, h)...)
		}
	}
	return orElse(equal, "no two profiles match equally")
}

// equal is only a warning if the profiles' user names tell them apart, for those who name one.
func (p *Patient) equal(err *route.AmbiguousError, h route.Pattern) Results {
	text := err.Error() + " for " + h.String()
	a, b := p.Session.Config.Profiles[err.A], p.Session.Config.Profiles[err.B]
	if a != nil && b != nil && a.Username != b.Username {
		return warn(text+": only a request that names a user gets an answer", export("FOB_PROFILE", err.A))
	}
	return fail(text+": neither answers", export("FOB_PROFILE", err.A))
}

// checkDestinations finds profiles whose tokens may go nowhere.
func checkDestinations(_ context.Context, p *Patient) Results {
	var bad Results
	for _, o := range p.profiles() {
		if len(o.Hosts) > 0 || len(o.Allow) > 0 {
			continue
		}
		bad = append(bad, warn("its tokens may go nowhere: it has neither hosts nor allow", p.editProfile(o.Profile, nil)).of(o.Name)...)
	}
	if len(p.profiles()) == 0 {
		return nil
	}
	return orElse(bad, "each profile says where its tokens may go")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}

func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{"the environment alone"}
	}
	return list
}
