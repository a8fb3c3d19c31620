package setup

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/route"
)

// job is what a tool's plan works with: what it may ask, and what it says is to be.
type job struct {
	*Machine
	wish     Wish
	profiles []Profile // that are wished for
	old      *record   // what was done before; nil: nothing
	files    []*file
	links    []Link
	others   []Link // that setup made for other tools
	warnings []string
	removing bool
}

// text is what the file at path says now, but for what setup itself wrote there. A file that is not there says nothing.
func (j *job) text(path string) (string, error) {
	f, err := j.file(path)
	if err != nil {
		return "", err
	}
	return f.base, nil
}

// want says what the file at path is to hold.
func (j *job) want(path string, e entry) error {
	f, err := j.file(path)
	if err != nil {
		return err
	}
	f.entries = append(f.entries, e)
	return nil
}

func (j *job) file(path string) (*file, error) {
	for _, f := range j.files {
		if f.path == path {
			return f, nil
		}
	}
	if !filepath.IsAbs(path) {
		return nil, &FileError{path, errRelative} // it would be another file from another directory
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	f.old = j.old.file(path)
	if err := j.strip(f); err != nil {
		return nil, err
	}
	j.files = append(j.files, f)
	return f, nil
}

var errRelative = errors.New("not an absolute path")

// strip finds what f said before setup, or would say now without it. If nobody has touched it since, that is so to the byte.
func (j *job) strip(f *file) error {
	if f.old == nil || !f.exists {
		return nil
	}
	if sum(f.bom+f.before) == f.old.Sum {
		if base, ok := apply(f.before, reverse(f.old.Changes)); ok {
			f.base = base
			return nil
		}
	}
	for _, e := range slices.Backward(f.old.Entries) {
		base, splices, err := change(f.base, e, unset)
		if err != nil {
			return &FileError{f.path, err}
		}
		if f.base = base; len(splices) == 0 && j.removing {
			j.warn(f.path + ": " + e.String() + " is not there any more")
		}
	}
	return nil
}

// FileError is what is wrong with a tool's file. It quotes nothing of it.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

// settle makes f what its entries say.
func (f *file) settle() error {
	if f.kept() {
		return nil
	}
	f.after = f.base
	for _, e := range f.entries { // those of a manifest that was lost
		base, _, err := change(f.base, e, unset)
		if err != nil {
			return &FileError{f.path, err}
		}
		f.base, f.after = base, base
	}
	for _, e := range f.entries {
		after, splices, err := change(f.after, e, set)
		if err != nil {
			return &FileError{f.path, err}
		}
		f.after, f.changes = after, append(f.changes, splices...)
	}
	return nil
}

// kept reports whether others have written f since, and left all in it that setup wrote: then it stays as they left it. git goes by
// the order of a file, and so its sections move to the end again.
func (f *file) kept() bool {
	if f.old == nil || sum(f.bom+f.before) == f.old.Sum || !reflect.DeepEqual(f.entries, f.old.Entries) {
		return false
	}
	for _, e := range f.entries {
		if _, missing, err := change(f.before, e, set); err != nil || len(missing) > 0 || e.Format == "gitconfig" {
			return false
		}
	}
	return true
}

// record is what is to be known of f. Nil: nothing of setup's is in it.
func (f *file) record() *fileRecord {
	if len(f.entries) == 0 {
		return nil
	}
	if f.kept() {
		return f.old
	}
	r := &fileRecord{Path: f.path, Created: !f.exists, Sum: sum(f.bom + f.after), Changes: f.changes, Entries: f.entries}
	if f.old != nil && f.exists {
		r.Created, r.Dirs = f.old.Created, f.old.Dirs
	} else {
		r.Dirs = missingDirs(f.real)
	}
	return r
}

func (j *job) warn(text string) {
	if !slices.Contains(j.warnings, text) {
		j.warnings = append(j.warnings, text)
	}
}

// hosts are those of the profiles, each once, in their order. None is an error: there would be nothing to set up.
func (j *job) hosts() ([]route.Pattern, error) {
	var all []route.Pattern
	for _, p := range j.profiles {
		for _, h := range p.Hosts {
			if !slices.Contains(all, h) {
				all = append(all, h)
			}
		}
	}
	if len(all) == 0 {
		return nil, errNoHosts
	}
	return all, nil
}

var errNoHosts = errors.New("no profile has hosts to set it up for")

// plainHosts are the hosts that are neither patterns nor bound to a path; of the others it is said that tool cannot have them.
func (j *job) plainHosts(tool string) ([]route.Pattern, error) {
	all, err := j.hosts()
	if err != nil {
		return nil, err
	}
	var plain []route.Pattern
	for _, h := range all {
		switch {
		case strings.HasPrefix(h.Host, "*."):
			j.warn(tool + " knows no patterns: " + h.String() + " is left out")
		case h.Path != "":
			j.warn(tool + " knows no paths: " + h.String() + " is left out")
		default:
			plain = append(plain, h)
		}
	}
	return plain, nil
}

// url is a host as a URL.
func url(h route.Pattern) string {
	if s := h.String(); strings.Contains(s, "://") {
		return s
	}
	return "https://" + h.String()
}

// link says that name must lead to fob-helper, somewhere on PATH. Without a directory there that is ours to write, it is made where the user
// can put it on PATH.
func (j *job) link(name string) {
	if dir := filepath.Dir(j.privateLink(name)); !j.onPath(dir) {
		j.warn(dir + " is not on PATH, and " + name + " is looked for there: " + pathLine(dir))
	}
}

// privateLink is link for a tool that is told the path, which is returned.
func (j *job) privateLink(name string) string {
	dir := filepath.Dir(j.Helper)
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || !j.onPath(dir) || atomicfile.OwnDir(real) != nil {
		dir = j.bin()
	}
	path := filepath.Join(dir, name+exe)
	j.linkAt(path)
	return path
}

// bin is the directory of links that is always ours to write.
func (m *Machine) bin() string { return filepath.Join(m.Data, "bin") }

// linkAt says that path must lead to fob-helper, for a tool that looks in a directory of its own.
func (j *job) linkAt(path string) {
	if l := (Link{Path: path, Target: j.Helper}); !slices.ContainsFunc(j.links, l.at) {
		j.links = append(j.links, l)
	}
}

// home is a path below the user's home.
func (j *job) home(parts ...string) (string, error) {
	dir := j.Getenv("HOME")
	if dir == "" {
		dir = j.Getenv("USERPROFILE")
	}
	if !filepath.IsAbs(dir) {
		return "", errNoHome
	}
	return filepath.Join(append([]string{dir}, parts...)...), nil
}

var errNoHome = errors.New("there is no home directory")
