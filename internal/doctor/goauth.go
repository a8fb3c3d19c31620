package doctor

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
)

// checkGo looks at GOAUTH: who is asked, in which order, and what netrc has for the same hosts.
func checkGo(ctx context.Context, p *Patient) Results {
	if !p.has("go") {
		return skip("there is no go")
	}
	list := goCommands(p.goauth(ctx))
	ours := slices.IndexFunc(list, func(words []string) bool { return isFob(words[0]) })
	switch {
	case ours < 0 && p.isSetUp("go"):
		return fail("GOAUTH does not name fob any more", "fob setup --repair")
	case ours < 0:
		return skip("GOAUTH does not name fob")
	}
	if why := p.runs(list[ours][0]); why != "" {
		return fail("GOAUTH: "+why, "fob setup --repair")
	}
	var said Results
	for _, words := range list[:ours] {
		if words[0] == "netrc" {
			said = append(said, p.netrc()...)
			continue
		}
		said = append(said, warn("go asks "+words[0]+" before fob, and takes what it has", "go env GOAUTH")...)
	}
	return orElse(said, "GOAUTH names fob")
}

// goauth is GOAUTH, as go sees it. Empty: go does not say.
func (p *Patient) goauth(ctx context.Context) string {
	if value := p.getenv("GOAUTH"); value != "" {
		return value
	}
	out, _ := p.ask(ctx, "go", "env", "GOAUTH")
	return strings.TrimSpace(out)
}

// goCommands are the commands of GOAUTH, each a list of words. Quotes are left on: only the names matter.
func goCommands(value string) [][]string {
	var list [][]string
	for c := range strings.SplitSeq(value, ";") {
		c = strings.TrimSpace(c)
		if quote := strings.IndexAny(c, `"'`); quote == 0 {
			if end := strings.IndexByte(c[1:], c[0]); end > 0 {
				list = append(list, append([]string{c[1 : 1+end]}, strings.Fields(c[2+end:])...))
				continue
			}
		}
		if words := strings.Fields(c); len(words) > 0 {
			list = append(list, words)
		}
	}
	return list
}

// netrc warns of hosts of profiles for which netrc has a password: it comes before fob.
func (p *Patient) netrc() Results {
	path := p.netrcPath()
	data, err := atomicfile.Read(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		return nil
	}
	machines := netrcMachines(string(data))
	var said Results
	for _, h := range p.hosts() {
		if slices.Contains(machines, h.Host) {
			said = append(said, warn(path+" has a password for "+h.Host+", which go takes before it asks fob", edit(path, 1))...)
		}
	}
	return said
}

func (p *Patient) netrcPath() string {
	if path := p.getenv("NETRC"); path != "" {
		return path
	}
	if runtime.GOOS == "windows" {
		return p.home("_netrc")
	}
	return p.home(".netrc")
}

// netrcMachines are the hosts of a netrc.
func netrcMachines(text string) []string {
	var hosts []string
	words := bufio.NewScanner(strings.NewReader(text))
	words.Split(bufio.ScanWords)
	for words.Scan() {
		if words.Text() == "machine" && words.Scan() {
			hosts = append(hosts, words.Text())
		}
	}
	return hosts
}
