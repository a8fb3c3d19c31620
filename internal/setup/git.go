package setup

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// planGit gives each host a section that empties the list of helpers, since git tells every helper in it what another one answered,
// and names fob-helper.
func planGit(ctx context.Context, j *job) error {
	hosts, err := j.hosts()
	if err != nil {
		return err
	}
	path, err := j.gitFile()
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	all := j.gitSettings(ctx, path, text)
	for _, h := range hosts {
		helper := shellWord(filepath.ToSlash(j.Helper)) + " git"
		if name := j.claim(h); name != "" {
			helper += " --profile " + shellWord(name)
		}
		if err := j.gitConflict(all, url(h), helper); err != nil {
			return err
		}
		value := "helper =\x20\nhelper = " + helper
		if h.Path != "" {
			value += "\nuseHttpPath = true" // or git names no path, and no profile with one matches
		}
		if err := j.want(path, entry{"gitconfig", []string{"credential", url(h)}, value}); err != nil {
			return err
		}
	}
	return nil
}

// gitFile is the file that git config --global writes.
func (j *job) gitFile() (string, error) {
	if path := j.Getenv("GIT_CONFIG_GLOBAL"); path != "" {
		return path, nil
	}
	home, err := j.home(".gitconfig")
	if err != nil {
		return "", err
	}
	xdg := j.gitXDG()
	if _, err := os.Stat(home); err == nil || xdg == "" {
		return home, nil
	}
	if _, err := os.Stat(xdg); err == nil {
		return xdg, nil
	}
	return home, nil
}

func (j *job) gitXDG() string {
	if dir := j.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "git", "config")
	}
	path, _ := j.home(".config", "git", "config")
	return path
}

// gitSetting is a line of git's configuration as a whole.
type gitSetting struct {
	scope, file string // file: empty if it is none
	line        int    // zero: unknown
	url         string // of the section credential.URL; empty: all hosts
	helper      string
	late        bool // it comes after the end of the file that setup writes
}

// gitSettings are the credential helpers in the order in which git reads them: of the other files by git's word, of ours by its text.
func (j *job) gitSettings(ctx context.Context, path, text string) []gitSetting {
	var before, after []gitSetting
	for _, s := range j.askGit(ctx) {
		switch {
		case s.file != "" && sameDir(s.file, path):
		case s.scope == "command" || s.scope == "local" || s.scope == "worktree":
			s.late = true
			after = append(after, s)
		default:
			before = append(before, s)
		}
	}
	items, _ := parseGit(text) // its error comes when it is written
	for _, it := range items {
		if it.section == "credential" && it.key == "helper" {
			before = append(before, gitSetting{file: path, line: lineNumber(text, it.from), url: it.sub, helper: it.value})
		}
	}
	return append(before, after...)
}

// askGit is git's answer, or nothing where there is no git to be asked.
func (j *job) askGit(ctx context.Context) []gitSetting {
	if j.Run == nil {
		return nil
	}
	root := filepath.VolumeName(j.Helper) + string(filepath.Separator) // in no repository
	out, err := j.Run(ctx, root, "git", "config", "--list", "--show-scope", "--show-origin", "-z")
	if err != nil {
		return nil
	}
	fields := strings.Split(string(out), "\x00")
	var all []gitSetting
	for i := 0; i+2 < len(fields); i += 3 {
		key, value, _ := strings.Cut(fields[i+2], "\n")
		sub, ok := strings.CutPrefix(strings.TrimSuffix(key, ".helper"), "credential")
		if !ok || !strings.HasSuffix(key, ".helper") {
			continue
		}
		s := gitSetting{scope: fields[i], url: strings.TrimPrefix(sub, "."), helper: value}
		if file, ok := strings.CutPrefix(fields[i+1], "file:"); ok {
			s.file, s.line = file, helperLine(file, s)
		}
		all = append(all, s)
	}
	return all
}

// helperLine finds where a file says what git has read in it.
func helperLine(file string, s gitSetting) int {
	f, err := open(file)
	if err != nil {
		return 0
	}
	items, _ := parseGit(f.before)
	for _, it := range items {
		if it.section == "credential" && it.key == "helper" && it.sub == s.url && it.value == s.helper {
			return lineNumber(f.before, it.from)
		}
	}
	return 0
}

// gitConflict refuses a host that has another helper already, and warns of one that git would call beside ours.
func (j *job) gitConflict(all []gitSetting, host, helper string) error {
	for _, s := range all {
		switch {
		case s.helper == "" || s.helper == helper || program(s.helper) == "fob": // by its short name, as written by hand
		case s.late && gitMatches(s.url, host):
			j.warn(s.where() + ": helper " + program(s.helper) + " is called after fob for " + host + ", and told its tokens")
		case s.url != "" && gitMatches(s.url, host) && !j.wish.Replace:
			return &ConflictError{s.where(), s.line, "helper of " + s.url, program(s.helper)}
		}
	}
	return nil
}

func (s gitSetting) where() string {
	if s.file == "" {
		return "git's " + s.scope + " configuration"
	}
	return s.file
}

// gitMatches reports whether a section of that URL speaks of host, or of a part of it. Without a host of its own, it speaks of all.
func gitMatches(section, host string) bool {
	if section == "" {
		return true
	}
	scheme, name, path := gitURL(section)
	hostScheme, hostName, hostPath := gitURL(host)
	return (scheme == "" || scheme == hostScheme) && labelsMatch(name, hostName) &&
		(within(path, hostPath) || within(hostPath, path))
}

func gitURL(s string) (scheme, host, path string) {
	scheme, rest, ok := strings.Cut(strings.ToLower(strings.TrimRight(s, "/")), "://")
	if !ok {
		scheme, rest = "", scheme
	}
	host, path, _ = strings.Cut(rest, "/")
	return scheme, host[strings.LastIndexByte(host, '@')+1:], path
}

// within reports whether a path lies at or below another, which may be none.
func within(path, above string) bool { return above == "" || strings.HasPrefix(path+"/", above+"/") }

// labelsMatch compares hosts in which * stands for a label.
func labelsMatch(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	return slices.EqualFunc(x, y, func(x, y string) bool { return x == y || x == "*" || y == "*" })
}

// program is what a helper's line names, without its arguments, which can hold what nobody else should see.
func program(line string) string {
	if name, _, ok := strings.Cut(strings.TrimPrefix(line, "!"), " "); ok {
		return name
	}
	return strings.TrimPrefix(line, "!")
}

// shellWord is s as one word of a shell.
func shellWord(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && !isKey(byte(r)) && !strings.ContainsRune("/._:+@%,", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
