package setup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fobkit/fob/internal/atomicfile"
)

const bom = "\ufeff"

// file is a configuration file of some tool, before and after.
type file struct {
	path    string
	real    string // behind links
	mode    fs.FileMode
	exists  bool
	bom     string
	before  string // without its byte order mark
	base    string // before, without what setup wrote
	after   string
	changes []splice // from base to after
	entries []entry
	remove  bool // it was made by setup, and nothing is left in it
	old     *fileRecord
}

// open reads path. Nobody else may own or write it: who can, decides what its tool runs.
func open(path string) (*file, error) {
	f := &file{path: path, real: path, mode: 0o600}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if f.real, err = filepath.EvalSymlinks(path); errors.Is(err, fs.ErrNotExist) {
			return nil, &FileError{path, errDangling}
		}
		if err != nil {
			return nil, err
		}
	}
	data, err := atomicfile.ReadOwn(f.real, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(f.real)
	if err != nil {
		return nil, err
	}
	f.exists, f.mode = true, info.Mode().Perm()
	f.before = string(data)
	if rest, ok := strings.CutPrefix(f.before, bom); ok {
		f.bom, f.before = bom, rest
	}
	f.base, f.after = f.before, f.before
	return f, nil
}

var errDangling = errors.New("a link to a file that is not there")

func (f *file) changed() bool { return f.remove || f.before != f.after }

// missingDirs are the directories that path needs and that are not there, the innermost first.
func missingDirs(path string) []string {
	var dirs []string
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dirs
		}
		dirs = append(dirs, dir)
	}
}

// errChanged is returned if somebody has written a file since it was read.
var errChanged = errors.New("changed by another program meanwhile")

// write replaces the file whole, and keeps its mode.
func (f *file) write() error {
	now, err := open(f.path)
	if err != nil {
		return err
	}
	if now.exists != f.exists || now.before != f.before {
		return &fs.PathError{Op: "write", Path: f.path, Err: errChanged}
	}
	if f.remove {
		return f.delete()
	}
	if err := os.MkdirAll(filepath.Dir(f.real), 0o700); err != nil {
		return err
	}
	data := []byte(f.bom + f.after)
	err = atomicfile.Write(f.real, data)
	if f.exists && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY)) {
		return os.WriteFile(f.real, data, f.mode) // a directory that is not ours, or a file mounted by itself, as containers have
	}
	if err != nil || f.mode == 0o600 {
		return err
	}
	return os.Chmod(f.real, f.mode)
}

// delete removes the file and the directories that were made for it, if nothing else has come into them.
func (f *file) delete() error {
	if err := os.Remove(f.path); err != nil {
		return err
	}
	removeEmpty(f.old.Dirs)
	return nil
}

// removeEmpty removes directories, the innermost first, up to one in which something is left.
func removeEmpty(dirs []string) {
	for _, dir := range dirs {
		if os.Remove(dir) != nil {
			return
		}
	}
}
