package e2e

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestGitCredentialKeepsWhatItPromises(t *testing.T) {
	need(t, "git")
	script, err := os.ReadFile("testdata/git-credential.txt")
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t)
	cases := strings.Split(string(script), "\n# ")
	for _, text := range cases[1:] {
		c := parseContract(t, text)
		if c.since > gitMinor(t) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t, a, "")
			m.useGit(t, a)
			for _, step := range c.steps {
				m.keeps(t, c, step)
			}
			if names := m.holds(t, mark); len(names) > 0 {
				t.Errorf("a secret lies open in %q", names)
			}
		})
	}
}

// mark is part of each secret in the script, and printed by no test.
const mark = "fob-canary-7f3a9c"

// contract is a case of testdata/git-credential.txt.
type contract struct {
	name   string
	since  int      // the minor version of git 2 that it needs
	config []string // of git
	steps  []contractStep
}

// contractStep is a verb, what it reads and, if checked, what it must print.
type contractStep struct {
	verb, stdin string
	checked     bool
	want        []string // nil: nothing
}

func parseContract(t *testing.T, text string) contract {
	t.Helper()
	name, rest, _ := strings.Cut(text, "\n")
	c := contract{name: name}
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		word, value, _ := strings.Cut(line, " ")
		last := len(c.steps) - 1
		switch {
		case line == "":
		case word == "since":
			c.since, _ = strconv.Atoi(value)
		case word == "config":
			c.config = append(c.config, "-c", value)
		case word == "gives":
			c.steps[last].checked = true
		case line[0] != '\t':
			c.steps = append(c.steps, contractStep{verb: line})
		case c.steps[last].checked:
			c.steps[last].want = append(c.steps[last].want, line[1:])
		default:
			c.steps[last].stdin += line[1:] + "\n"
		}
	}
	return c
}

// keeps runs one step, and compares what it printed without its secrets' mark.
func (m *machine) keeps(t *testing.T, c contract, step contractStep) {
	t.Helper()
	program, args := "git-credential-fob", []string{step.verb}
	if slices.Contains([]string{"fill", "approve", "reject"}, step.verb) {
		program, args = "git", append(c.config, "credential", step.verb)
	}
	r := m.try(t, step.stdin+"\n", program, args...)
	if !step.checked {
		if r.err != nil || r.stdout+r.stderr != "" {
			t.Errorf("%s: %v, and said %q, want no word", step.verb, r.err, r.stdout+r.stderr)
		}
		return
	}
	got := strings.FieldsFunc(r.stdout, func(r rune) bool { return r == '\n' })
	got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "capability[]=") }) // a helper may say what it can
	slices.Sort(got)
	slices.Sort(step.want)
	if !slices.Equal(got, step.want) {
		unmarked := strings.NewReplacer(mark, "…")
		t.Errorf("%s of\n%sgave %q, want %q; it said %q", step.verb, unmarked.Replace(step.stdin),
			unmarked.Replace(strings.Join(got, " ")), unmarked.Replace(strings.Join(step.want, " ")), r.stderr)
	}
}
