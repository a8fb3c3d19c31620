// Package atomicfile replaces files whole, and reads and locks only files that belong to this user.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// ErrNotOurs is returned for a file or directory that another user owns, or that is not of the kind it should be:
// a symbolic link, a device, a directory in a file's place.
var ErrNotOurs = errors.New("not a plain file or directory of this user")

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

// Read returns the content of path, at most limit bytes of it, if it is a plain file of this user.
func Read(path string, limit int64) ([]byte, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || !owned(info) {
		return nil, &os.PathError{Op: "read", Path: path, Err: ErrNotOurs}
	}
	return readAll(f, min(info.Size(), limit), limit)
}

// readAll reads f, whose size is about size, in as few calls as it can.
func readAll(f io.Reader, size, limit int64) ([]byte, error) {
	buf := make([]byte, 0, size+1)
	for int64(len(buf)) < limit {
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
	return buf, nil
}

// MkdirAll makes dir, with mode 0700, and returns ErrNotOurs if its last element is a link or another user's. A
// directory of this user that others may enter is closed to them.
func MkdirAll(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !owned(info) {
		return &os.PathError{Op: "mkdir", Path: dir, Err: ErrNotOurs}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return closeToOthers(dir)
	}
	return nil
}
