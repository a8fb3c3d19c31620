package setup

import (
	"slices"
	"strings"
)

// gitconfig is git's own format (git-config(1), "Syntax"). An entry's path is a section and its subsection, its value lines of "key = value".
// They are set as a section of their own at the end of the file, since of two that speak of a host the later one counts.
type gitconfig struct{}

// gitItem is a header or a key of a file.
type gitItem struct {
	from, to     int // to: where the next line begins, or what follows a header
	section, sub string
	key, value   string // no key: a header
}

func (gitconfig) set(text string, e entry) ([]splice, error) {
	items, err := parseGit(text)
	if err != nil {
		return nil, err
	}
	if at, _ := findRun(items, e); at >= 0 {
		return nil, nil
	}
	lines := []string{"[" + e.Path[0] + " " + quoteGit(e.Path[1]) + "]"}
	for _, kv := range gitPairs(e) {
		lines = append(lines, "\t"+strings.TrimRight(kv[0]+" = "+quoteGitValue(kv[1]), " "))
	}
	return ownLines(text, lines...), nil
}

// unset removes the section if no other key is in it, else the lines alone.
func (gitconfig) unset(text string, e entry) ([]splice, error) {
	items, err := parseGit(text)
	if err != nil {
		return nil, err
	}
	at, n := findRun(items, e)
	if at < 0 {
		return nil, nil
	}
	from, to := items[at].from, items[at+n-1].to
	header, alone := items[at-1], at+n == len(items) || items[at+n].key == ""
	if header.key == "" && alone && strings.TrimSpace(text[header.to:from]) == "" { // what comments follow are the next section's
		from = header.from
	}
	return cut(text, from, to), nil
}

func (gitconfig) others(text string, e entry) ([]string, error) {
	items, err := parseGit(text)
	if err != nil {
		return nil, err
	}
	if at, n := findRun(items, e); at >= 0 {
		items = slices.Delete(items, at, at+n)
	}
	var all []string
	for _, it := range items {
		if it.key != "" {
			all = append(all, it.section+"\x00"+it.sub+"\x00"+it.key+"\x00"+it.value)
		}
	}
	return all, nil
}

func gitPairs(e entry) [][2]string {
	var pairs [][2]string
	for line := range strings.Lines(e.Value) {
		k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		pairs = append(pairs, [2]string{k, v})
	}
	return pairs
}

// findRun finds the keys of e, which stand one behind the other, and how many they are. -1: they do not.
func findRun(items []gitItem, e entry) (at, n int) {
	pairs := gitPairs(e)
	for i := range items {
		if i+len(pairs) <= len(items) && runs(items[i:], pairs, e) {
			return i, len(pairs)
		}
	}
	return -1, 0
}

func runs(items []gitItem, pairs [][2]string, e entry) bool {
	for i, kv := range pairs {
		it := items[i]
		if it.section != e.Path[0] || it.sub != e.Path[1] || it.key != strings.ToLower(kv[0]) || it.value != kv[1] {
			return false
		}
	}
	return len(pairs) > 0
}

func quoteGit(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// quoteGitValue quotes what would not be read back as it is.
func quoteGitValue(s string) string {
	if !strings.ContainsAny(s, "\"\\;#\t\n") && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
