package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/gofrs/flock"
)

// giftDir is a directory for the files of a command. Its lock is held as long as fob lives, in whatever container: the system frees it
// after kill -9 too, and the number of a process would say less.
type giftDir struct {
	path string
	lock *flock.Flock
}

const (
	giftPrefix = "fob-exec-"
	giftLock   = ".lock"
	giftBirth  = time.Minute // which it takes at the very most to have its lock
)

// newGiftDir makes a directory for files that should never reach a disk, and removes those beside it that fobs left which were killed.
func newGiftDir(getenv func(string) string) (*giftDir, error) {
	path, err := privateDir(getenv)
	if err != nil {
		return nil, err
	}
	d := &giftDir{path, flock.New(filepath.Join(path, giftLock), flock.SetPermissions(0o600))}
	d.lock.TryLock() // where there are no locks, nobody takes it for left
	sweep(filepath.Dir(path))
	return d, nil
}

func privateDir(getenv func(string) string) (dir string, err error) {
	for _, base := range []string{getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR")} {
		if !filepath.IsAbs(base) {
			continue
		}
		if dir, err = os.MkdirTemp(base, giftPrefix); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", giftPrefix)
}

// sweep removes what was left in base. What cannot be removed is for the next one.
func sweep(base string) {
	all, _ := filepath.Glob(filepath.Join(base, giftPrefix+"*"))
	for _, path := range all {
		if info, err := os.Lstat(path); err != nil || time.Since(info.ModTime()) < giftBirth || atomicfile.OwnDir(path) != nil {
			continue
		}
		left := &giftDir{path, flock.New(filepath.Join(path, giftLock), flock.SetFlag(os.O_RDWR))} // it is not made here
		if free, err := left.lock.TryLock(); err == nil && free {
			left.remove()
		}
	}
}

func (d *giftDir) remove() error {
	d.lock.Close() // Windows removes no file that is open
	return os.RemoveAll(d.path)
}
