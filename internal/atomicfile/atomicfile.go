// Package atomicfile replaces files whole, and reads them only if whoever could have written them may be believed.
package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tmpPrefix begins the name of a file that is not whole yet. It is nobody else's: fob writes into directories of other programs too.
const tmpPrefix = ".fob-tmp-"

// abandoned is how old such a file is whose writer must have been killed. It is long, since a machine may sleep in the middle of a write.
const abandoned = 24 * time.Hour

// Write replaces path by data with mode 0600: a reader, or whoever comes after a crash, finds the old content or the
// new, never a part. It returns after the data, and its name, have reached the disk. What a process that was killed in the middle has
// left in the directory is removed a day later.
func Write(path string, data []byte) error { return WriteMode(path, data, 0o600) }

// WriteMode is Write with another mode.
func WriteMode(path string, data []byte, mode os.FileMode) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), tmpPrefix+"*") // 0600 under any umask
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if mode != 0o600 {
		if err = tmp.Chmod(mode); err != nil {
			return err
		}
	}
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = rename(tmp.Name(), path); err != nil {
		return err
	}
	sweep(filepath.Dir(path))
	return syncDir(filepath.Dir(path))
}

// sweep removes what killed processes left in dir. Whatever stands in its way is no trouble of the file that was written.
func sweep(dir string) {
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), tmpPrefix) {
			continue
		}
		if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			os.Remove(filepath.Join(dir, f.Name()))
		}
	}
}

// MkdirAll makes dir, with mode 0700. If its last element is a link or another user's, or others may write there, as in /tmp, the
// error is an [UntrustedError]. A directory of this user's that others may merely read or enter is closed to them.
func MkdirAll(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if info.IsDir() && info.Mode().Perm()&0o077 != 0 {
		if err := closeToOthers(dir, info); err != nil {
			return err
		}
	}
	return OwnDir(dir)
}
