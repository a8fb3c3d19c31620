package setup

import (
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// single is the one profile that is wished for by name; empty: all of them, or several.
func (j *job) single() string {
	if len(j.wish.Profiles) == 1 {
		return j.wish.Profiles[0]
	}
	return ""
}

// claim is the profile that somebody has asked for by name among those that have a host. Empty: no other has it, or nobody has said which.
func (j *job) claim(h route.Pattern) string {
	var owners, named []string
	for _, p := range j.Machine.Profiles {
		if slices.Contains(p.Hosts, h) {
			owners = append(owners, p.Name)
		}
	}
	for _, name := range owners {
		if slices.Contains(j.wish.Named, name) {
			named = append(named, name)
		}
	}
	if len(owners) < 2 || len(named) != 1 {
		return ""
	}
	return named[0]
}

// linkName is the link of a protocol, for the profile that is wished for.
func (j *job) linkName(word string) string {
	if name := j.single(); name != "" {
		return "fob-" + word + "-" + name
	}
	return "fob-" + word
}

// allowing are the profiles whose tokens may go to whoever asks for them by that word. None is an error.
func (j *job) allowing(word string) ([]Profile, error) {
	var all []Profile
	for _, p := range j.profiles {
		if slices.Contains(p.Allow, word) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("nobody says where the token will go, and no profile allows " + word)
	}
	return all, nil
}

// rawFor is the profile whose token goes to a URL by way of a program that is not told where. ok: there is one, and it allows that.
func (j *job) rawFor(what, url string) (p Profile, ok bool) {
	for _, p := range j.profiles {
		if !on(p.Hosts, url) {
			continue
		}
		if slices.Contains(p.Allow, "raw") {
			return p, true
		}
		j.warn(what + " is left out: profile " + p.Name + " does not allow raw")
	}
	return Profile{}, false
}

// on reports whether a URL lies on one of hosts.
func on(hosts []route.Pattern, url string) bool {
	target, err := route.ParseURL(url)
	return err == nil && slices.ContainsFunc(hosts, func(h route.Pattern) bool { return h.Match(target) })
}

// commandLine is words for a shell, and for who splits at blanks as one does.
func commandLine(words ...string) string {
	for i, w := range words {
		switch {
		case runtime.GOOS != "windows":
			words[i] = shellWord(w)
		case strings.ContainsAny(w, " \t&()"):
			words[i] = `"` + w + `"`
		}
	}
	return strings.Join(words, " ")
}

// iniConflict refuses to take over a key that has another value.
func (j *job) iniConflict(path, text string, e entry) error {
	items, err := formats[e.Format].(iniFile).parse(text)
	if err != nil || j.wish.Replace {
		return nil // what does not parse is told when it is written
	}
	i := findINI(items, e)
	if i < 0 || text[items[i].from:items[i].to] == e.Value {
		return nil
	}
	return &ConflictError{path, lineNumber(text, items[i].from), strings.TrimPrefix(e.String(), "."), program(text[items[i].from:items[i].to])}
}

// place names a line for people.
func place(path, text string, offset int) string {
	return path + ":" + strconv.Itoa(lineNumber(text, offset))
}

// wantNew is want for what others may have written in the same words: then it stays theirs.
func (j *job) wantNew(path, text string, e entry) error {
	if _, missing, err := change(text, e, set); err == nil && len(missing) == 0 {
		return nil
	}
	return j.want(path, e)
}
