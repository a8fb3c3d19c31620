package doctor

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
)

// programChecks look at the programs, and how tools find them.
var programChecks = []Check{
	{"fob-helper", checkHelper},
	{"links", checkLinks},
	{"PATH", checkPath},
	{"route index", checkIndex},
	{"environment", checkEnvironment},
}

// helper is the fob-helper that belongs to this fob.
func (p *Patient) helper() string { return filepath.Join(filepath.Dir(p.Program), "fob-helper"+exe) }

const install = "go install github.com/fobkit/fob/cmd/...@latest"

// checkHelper runs fob-helper, which must lie beside fob, run this very one, and be of its version.
func checkHelper(ctx context.Context, p *Patient) Results {
	if _, err := os.Stat(p.helper()); err != nil {
		return fail("there is no fob-helper beside "+p.Program+": no tool can ask fob", install)
	}
	info, err := os.Lstat(p.Program)
	if err == nil {
		err = atomicfile.CheckTrusted(p.Program, info)
	}
	if err != nil {
		return fail("fob-helper does not run it: "+err.Error(), command("chmod", "go-w", p.Program))
	}
	out, err := p.ask(ctx, p.helper(), "docker", "version")
	if err != nil {
		return fail(p.helper()+" does not run: "+err.Error(), install)
	}
	if theirs := lastWord(out); theirs != p.Version {
		return fail("fob-helper is version "+theirs+", fob is "+p.Version+": they may not understand each other", install)
	}
	return ok(p.helper() + " " + p.Version)
}

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return "unknown"
	}
	return words[len(words)-1]
}

// checkLinks looks whether the names that setup made lead to fob-helper, and whether another program of that name comes before.
func checkLinks(_ context.Context, p *Patient) Results {
	if p.Machine == nil {
		return nil
	}
	states, err := p.Machine.States()
	if err != nil {
		return fail(err.Error(), "fob setup")
	}
	var bad Results
	links := 0
	for _, st := range states {
		for _, link := range st.Links {
			links++
			bad = append(bad, p.link(st.Name, link)...)
		}
	}
	if links == 0 {
		return nil
	}
	return orElse(bad, count(links, "link")+" lead to fob-helper")
}

// link says what is wrong with one. One that no directory of PATH holds is looked for elsewhere by its tool.
func (p *Patient) link(tool, link string) Results {
	const repair = "fob setup --repair"
	there, err := os.Stat(link)
	if err != nil {
		return fail(tool+": "+link+" leads nowhere", repair)
	}
	if helper, err := os.Stat(p.helper()); err == nil && !os.SameFile(there, helper) && there.Size() != helper.Size() {
		return fail(tool+": "+link+" is no fob-helper of this fob's", repair)
	}
	first, err := p.look(filepath.Base(link))
	if err != nil || first == link {
		return nil
	}
	if info, err := os.Stat(first); err == nil && !os.SameFile(info, there) {
		return fail(tool+": "+first+" comes before "+link+" on PATH", command("rm", first))
	}
	return nil
}

// checkPath looks at PATH as a tool sees it that is started from here.
func checkPath(_ context.Context, p *Patient) Results {
	var bad Results
	dirs := filepath.SplitList(p.getenv("PATH"))
	isRelative := func(dir string) bool { return !filepath.IsAbs(dir) }
	if i := slices.IndexFunc(dirs, isRelative); i >= 0 {
		absolute := strings.Join(slices.DeleteFunc(slices.Clone(dirs), isRelative), string(filepath.ListSeparator))
		bad = warn("PATH has a relative directory, "+cmp.Or(dirs[i], "an empty one")+": tools may run what lies in a repository, and call it fob",
			export("PATH", command(absolute)))
	}
	first, err := p.look("fob")
	if err != nil {
		return append(bad, warn("fob is not on PATH: hints that say fob mean "+p.Program, export("PATH", `"`+filepath.Dir(p.Program)+`:$PATH"`))...)
	}
	if !same(first, p.Program) {
		bad = append(bad, warn("another fob comes first on PATH: "+first, command("rm", first))...)
	}
	return orElse(bad, "fob is "+first)
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// checkIndex says whether fob-helper answers by itself, which takes a hundredth of the time, and if not, why.
func checkIndex(_ context.Context, p *Patient) Results {
	state, exists := p.state()
	user, err := paths.UserConfig(p.getenv)
	if !exists || err != nil {
		return nil
	}
	path := paths.Index(state)
	data, err := atomicfile.ReadOwn(path, paths.MaxIndex)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return ok("there is none yet: the next call makes it")
	case err != nil:
		return fail("fob-helper does not believe it: "+err.Error(), command("rm", path))
	}
	index, err := route.Decode(data)
	switch {
	case err != nil:
		return ok("it is of another version or damaged: the next call makes it anew")
	case index.Config != user:
		return ok("it is of " + index.Config + ": the next call makes it anew")
	}
	for _, s := range index.Seen {
		if now, err := route.Stat(s.Path); err != nil || now != s.Stamp {
			return ok(s.Path + " has changed since: the next call makes it anew")
		}
	}
	return ok("fresh")
}

// checkEnvironment finds the variables that alter profiles: with one of them, fob-helper does not trust its index.
func checkEnvironment(_ context.Context, p *Patient) Results {
	var names []string
	for _, kv := range p.Environ {
		if name, _, _ := strings.Cut(kv, "="); !route.Plain([]string{kv}) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ok("no FOB_ variable alters a profile")
	}
	slices.Sort(names)
	return warn(strings.Join(names, ", ")+" in the environment: each call runs fob in full, not only fob-helper", unset(strings.Join(names, " ")))
}
