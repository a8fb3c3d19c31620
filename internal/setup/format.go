package setup

import (
	"errors"
	"slices"
	"strings"
)

// entry is one thing that setup writes into a file, in terms that outlive a rewriting of the file by its tool.
type entry struct {
	Format string   `json:"format"`
	Path   []string `json:"path"`
	Value  string   `json:"value"`
}

// String names the entry for people.
func (e entry) String() string { return strings.Join(e.Path, ".") }

// format knows one kind of file. Its methods get the text without a byte order mark, and a text that does not parse is an error.
type format interface {
	// set returns what makes e hold. Nothing: it holds already.
	set(text string, e entry) ([]splice, error)
	// unset returns what removes e, if it stands there as set wrote it or as its tool would write it anew. Nothing: it does not.
	unset(text string, e entry) ([]splice, error)
	// others are all values of the text but e's, in their order: what neither set nor unset may change.
	others(text string, e entry) ([]string, error)
}

// formats are those that an entry can name.
var formats = map[string]format{
	"gitconfig": gitconfig{},
	"goenv":     goenv{},
	"hcl":       hclFile{},
	"ini":       iniFile{},
	"json":      jsonFile{},
	"lines":     lineFile{},
	"npmrc":     iniFile{npm: true},
	"toml":      tomlFile{},
	"yaml":      yamlFile{},
}

var errNotTaken = errors.New("the change would have altered something else")

// change applies do, a method of f, to text, and looks whether exactly that has happened which was meant.
func change(text string, e entry, do func(format) func(string, entry) ([]splice, error)) (string, []splice, error) {
	f := formats[e.Format]
	if f == nil {
		return text, nil, errors.New("written by another version of fob: format " + e.Format)
	}
	splices, err := do(f)(text, e)
	if err != nil || len(splices) == 0 {
		return text, nil, err
	}
	changed, ok := apply(text, splices)
	if !ok {
		return text, nil, errNotTaken
	}
	before, err := f.others(text, e)
	if err != nil {
		return text, nil, err
	}
	after, err := f.others(changed, e)
	if err != nil || !slices.Equal(before, after) {
		return text, nil, errNotTaken
	}
	if again, err := do(f)(changed, e); err != nil || len(again) > 0 {
		return text, nil, errNotTaken
	}
	return changed, splices, nil
}

func set(f format) func(string, entry) ([]splice, error)   { return f.set }
func unset(f format) func(string, entry) ([]splice, error) { return f.unset }
