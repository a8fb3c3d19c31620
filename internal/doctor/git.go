package doctor

import (
	"context"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// gitHelper is a line credential.helper, or credential.URL.helper, of git's configuration.
type gitHelper struct {
	origin string // file:PATH, command line:, …
	url    string // of the section; empty: all places
	line   string // what git runs; empty: those before do not count
}

// name is what the line runs, without its arguments: those can hold what nobody else should see.
func (h gitHelper) name() string {
	name, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(h.line, "!")), " ")
	return strings.ReplaceAll(name, `\`, "") // as a shell reads it
}

func (h gitHelper) isFob() bool { return isFob(h.name()) }

// gitHelpers are all that git is told of, in the order in which it reads them, as of the directory that p is in. None: there is no git, or nothing is set.
func (p *Patient) gitHelpers(ctx context.Context) ([]gitHelper, error) {
	out, err := p.ask(ctx, "git", "config", "--list", "--show-origin", "-z")
	if err != nil {
		return nil, err
	}
	return parseGitHelpers(out), nil
}

// parseGitHelpers reads what git config --list --show-origin -z prints: an origin, a key and its value, each pair ended by NUL.
func parseGitHelpers(out string) []gitHelper {
	var all []gitHelper
	fields := strings.Split(out, "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		key, line, _ := strings.Cut(fields[i+1], "\n")
		section, ok := strings.CutSuffix(key, ".helper")
		url, ours := strings.CutPrefix(section, "credential")
		if ok && ours && (url == "" || url[0] == '.') {
			all = append(all, gitHelper{strings.TrimPrefix(fields[i], "file:"), strings.TrimPrefix(url, "."), line})
		}
	}
	return all
}

// asked are those of all that git asks for h, in that order.
func asked(all []gitHelper, h route.Pattern) []gitHelper {
	var chain []gitHelper
	for _, g := range all {
		switch {
		case g.url != "" && !speaksOf(g.url, h):
		case g.line == "":
			chain = nil
		default:
			chain = append(chain, g)
		}
	}
	return chain
}

// speaksOf reports whether a section of that URL is for h, or for all that h is a part of (gitcredentials(7)).
func speaksOf(section string, h route.Pattern) bool {
	scheme, rest, ok := strings.Cut(section, "://")
	if !ok {
		scheme, rest = "https", section
	}
	host, path, _ := strings.Cut(rest, "/")
	p, err := route.ParsePattern(scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/" + path) // git asks for that user alone
	return err == nil && p.Match(route.Target(h))
}

// checkGit looks whom git asks for the hosts of profiles, and for what hosts it asks fob.
func checkGit(ctx context.Context, p *Patient) Results {
	if !p.has("git") {
		return skip("there is no git")
	}
	all, err := p.gitHelpers(ctx)
	if err != nil {
		return warn("git config does not list its settings", "git config --list --show-origin")
	}
	said, perHost := p.strayHelpers(all), Results(nil)
	places := make(map[Result][]string)
	ours := 0
	for _, h := range p.hosts() {
		chain := asked(all, h)
		for _, r := range p.judgeChain(chain) {
			if places[r] == nil {
				perHost = append(perHost, r)
			}
			places[r] = append(places[r], address(h))
		}
		for _, g := range chain {
			if g.isFob() {
				ours++
			}
		}
	}
	for _, r := range perHost {
		r.Text += " for " + someOf(places[r])
		said = append(said, r)
	}
	if ours == 0 && len(said) == 0 {
		return skip("git asks fob for no host")
	}
	return orElse(said, "asks fob for "+count(ours, "host"))
}

// someOf names as many as can be read at a glance.
func someOf(places []string) string {
	const most = 3
	if n := len(places) - most; n > 0 {
		return strings.Join(places[:most], ", ") + " and " + count(n, "other")
	}
	return strings.Join(places, ", ")
}

// judgeChain says what is wrong with the helpers of a host, if fob is one of them. The host is left to say.
func (p *Patient) judgeChain(chain []gitHelper) Results {
	var said Results
	found := false
	for _, g := range chain {
		switch {
		case !g.isFob():
			said = append(said, shadow(g, found)...)
		case p.missing(g) != "":
			return fail("git runs "+p.missing(g)+" ("+g.origin+")", "fob setup --repair")
		default:
			found = true
		}
	}
	if !found {
		return nil
	}
	return said
}

func shadow(g gitHelper, after bool) Results {
	mend := command("git", "config", "--show-origin", "--get-all", "credential.helper")
	if after {
		return warn("git tells helper "+g.name()+" ("+g.origin+") the tokens that fob gives", mend)
	}
	return warn("git asks helper "+g.name()+" ("+g.origin+") before fob, and takes its answers", mend)
}

// missing says why git cannot run a helper of fob's. Empty: it can.
func (p *Patient) missing(g gitHelper) string {
	name := g.name()
	if !strings.ContainsAny(name, `/\`) && !strings.HasPrefix(g.line, "!") {
		name = "git-credential-" + name
	}
	return p.runs(name)
}

// strayHelpers are places for which git asks fob, and no profile answers.
func (p *Patient) strayHelpers(all []gitHelper) Results {
	if p.Session == nil {
		return nil // what profiles there are nobody knows
	}
	var said Results
	for _, g := range all {
		if g.url != "" && g.isFob() && !p.serves(g.url) {
			said = append(said, warn("git asks fob for "+bare(g.url)+" ("+g.origin+"), which is no host of any profile", "fob setup --repair")...)
		}
	}
	return said
}
