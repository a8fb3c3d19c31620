package doctor

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
)

// version is a program's, as far as it matters.
type version struct{ major, minor, patch int }

func (v version) less(o version) bool {
	if v.major != o.major {
		return v.major < o.major
	}
	if v.minor != o.minor {
		return v.minor < o.minor
	}
	return v.patch < o.patch
}

func (v version) String() string {
	return strconv.Itoa(v.major) + "." + strconv.Itoa(v.minor) + "." + strconv.Itoa(v.patch)
}

// parseVersion finds the first N.N or N.N.N in what a program says of itself.
func parseVersion(text string) (v version, ok bool) {
	for word := range strings.FieldsSeq(text) {
		word = strings.TrimLeft(word, `v"go`)
		parts := strings.SplitN(word, ".", 3)
		if len(parts) < 2 {
			continue
		}
		var err1, err2 error
		v.major, err1 = strconv.Atoi(parts[0])
		v.minor, err2 = strconv.Atoi(digits(parts[1]))
		if err1 != nil || err2 != nil {
			continue
		}
		if v.patch = 0; len(parts) == 3 {
			v.patch, _ = strconv.Atoi(digits(parts[2]))
		}
		return v, true
	}
	return version{}, false
}

// digits is what s begins with of them.
func digits(s string) string {
	for i, c := range s {
		if c < '0' || c > '9' {
			return s[:i]
		}
	}
	return s
}

// caller is a program whose version matters, if setup has done something for it.
type caller struct {
	tool string
	args []string // that make it say its version, and do nothing else
	bug  func(p *Patient, v version) Results
}

var callers = []caller{
	{"git", []string{"--version"}, gitBug},
	{"kubectl", []string{"version", "--client"}, kubectlBug},
	{"docker", []string{"--version"}, nil},
	{"go", []string{"env", "GOVERSION"}, tooOld(version{1, 24, 0}, "GOAUTH takes no command")},
	{"cargo", []string{"--version"}, tooOld(version{1, 74, 0}, "it knows no credential providers")},
	{"pip", []string{"--version"}, tooOld(version{23, 1, 0}, "it knows no keyring-provider")},
	{"podman", []string{"--version"}, nil},
}

// checkVersions asks the tools that are set up, and git, for their versions, and tells what is known to be wrong with them.
func checkVersions(ctx context.Context, p *Patient) Results {
	return each(len(callers), func(i int) Results {
		c := callers[i]
		if c.tool != "git" && !p.isSetUp(c.tool) {
			return nil
		}
		out, err := p.ask(ctx, c.tool, c.args...)
		if errors.Is(err, exec.ErrNotFound) {
			return nil
		}
		v, known := parseVersion(out)
		if err != nil || !known {
			return warn(c.tool+" does not say its version", command(append([]string{c.tool}, c.args...)...))
		}
		if c.bug != nil {
			if r := c.bug(p, v); len(r) > 0 {
				r[0].Text = c.tool + " " + v.String() + ": " + r[0].Text
				return r
			}
		}
		return ok(c.tool + " " + v.String())
	})
}

// tooOld fails a program of a version before first.
func tooOld(first version, why string) func(*Patient, version) Results {
	return func(_ *Patient, v version) Results {
		if v.less(first) {
			return fail(why+" before "+first.String(), "")
		}
		return nil
	}
}

// gitBug: of 2.46 to 2.53 the first request of a push over http.postBuffer goes out without a Bearer token, and its refusal is held against
// the token; before 2.46 git cannot say which token a server has refused.
func gitBug(p *Patient, v version) Results {
	bearer := ""
	for _, c := range p.configs() {
		if c.GitAuth == "bearer" {
			bearer = c.Name
		}
	}
	switch {
	case bearer != "" && !v.less(version{2, 46, 0}) && v.less(version{2, 54, 0}):
		return fail("a push of more than http.postBuffer fails with git_auth = \"bearer\", before 2.54", "git config --global http.postBuffer 524288000").of(bearer)
	case bearer != "" && v.less(version{2, 46, 0}):
		return warn("it knows no Bearer tokens before 2.46: git_auth = \"bearer\" has no effect", "").of(bearer)
	case v.less(version{2, 41, 0}):
		return ok("it does not tell what the server asked for, before 2.41")
	case v.less(version{2, 46, 0}):
		return ok("it does not tell which token was refused, before 2.46: fob takes an erase for that")
	}
	return nil
}

// kubectlBug: client.authentication.k8s.io/v1, which setup writes, came with 1.22.
func kubectlBug(_ *Patient, v version) Results {
	if v.less(version{1, 22, 0}) {
		return fail("it knows no client.authentication.k8s.io/v1 before 1.22", "")
	}
	return nil
}
