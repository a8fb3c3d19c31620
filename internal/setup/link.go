package setup

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// LinkError is a file that stands where a link should.
type LinkError struct{ Path string }

func (e *LinkError) Error() string { return e.Path + ": there already, and no link of fob's" }

// exe ends a program's name.
var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// leads reports whether path runs the program at target.
func leads(path, target string) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	b, err := os.Stat(target)
	return err == nil && (os.SameFile(a, b) || runtime.GOOS == "windows" && a.Size() == b.Size())
}

// make links l.Path to l.Target. What stands there is replaced: whoever calls knows that it is an old link of ours.
func (l Link) make() error {
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o700); err != nil {
		return err
	}
	if err := os.Remove(l.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if runtime.GOOS != "windows" {
		return os.Symlink(l.Target, l.Path)
	}
	if os.Link(l.Target, l.Path) == nil { // a symbolic link needs a right that people do not have
		return nil
	}
	return duplicate(l.Target, l.Path)
}

func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// free reports whether l may be made: nothing stands there, or an old link of ours. need: it does not lead there yet.
func (l Link) free(recorded bool) (need bool, err error) {
	info, err := os.Lstat(l.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case leads(l.Path, l.Target):
		return false, nil
	case recorded && (info.Mode()&fs.ModeSymlink != 0 || runtime.GOOS == "windows"):
		return true, nil
	}
	return false, &LinkError{l.Path}
}

// onPath reports whether dir is a directory of the PATH variable.
func (m *Machine) onPath(dir string) bool {
	for _, d := range filepath.SplitList(m.Getenv("PATH")) {
		if filepath.IsAbs(d) && sameDir(d, dir) {
			return true
		}
	}
	return false
}

func sameDir(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
