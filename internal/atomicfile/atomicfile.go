// Package atomicfile replaces files whole, and reads them only if whoever could have written them may be believed.
package atomicfile

import (
	"os"
	"path/filepath"
)

// Write replaces path by data with mode 0600: a reader, or whoever comes after a crash, finds the old content or the
// new, never a part. It returns after the data, and its name, have reached the disk.
func Write(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // 0600 under any umask
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
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
	return syncDir(filepath.Dir(path))
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
	if !info.IsDir() {
		return &UntrustedError{Path: dir, Reason: "not a directory"}
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := closeToOthers(dir, info); err != nil {
			return err
		}
	}
	return OwnDir(dir)
}
