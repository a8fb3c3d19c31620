package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

// ErrTooBig is returned for a file that is longer than its reader allows.
var ErrTooBig = errors.New("file is too big")

// UntrustedError is returned for a file that someone else could have written, or that is no file at all.
type UntrustedError struct {
	Path   string
	Reason string // such as "writable by others"
}

func (e *UntrustedError) Error() string { return e.Path + ": " + e.Reason }

// Read returns a regular file of at most limit bytes, whoever owns it; links are followed, since Kubernetes projects
// secrets through them. Anything but a regular file is an [UntrustedError]: a pipe could hang whoever reads it.
func Read(path string, limit int64) ([]byte, error) {
	return read(path, limit, 0, func(string, fs.FileInfo) error { return nil })
}

// ReadTrusted is Read for what decides where secrets go: the file must pass [CheckTrusted]. Links are followed, since
// people keep their configuration in a repository of its own, and what they point at is checked.
func ReadTrusted(path string, limit int64) ([]byte, error) {
	return read(path, limit, 0, CheckTrusted)
}

// ReadOwn is Read for what fob wrote itself: the last element of path must not be a link, the file must belong to the
// effective user, and nobody else may write it.
func ReadOwn(path string, limit int64) ([]byte, error) {
	return read(path, limit, noFollow, checkOwn)
}

// OwnDir returns an [UntrustedError] unless path is a directory of the effective user, itself no link, that nobody else may
// write. What [ReadOwn] reads in it is then what fob wrote.
func OwnDir(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &UntrustedError{Path: path, Reason: "not a directory"}
	}
	return checkOwn(path, info)
}

func read(path string, limit int64, flags int, check func(string, fs.FileInfo) error) ([]byte, error) {
	f, err := open(path, flags)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat() // of what was opened: the name may mean something else by now
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &UntrustedError{Path: path, Reason: "not a regular file"}
	}
	if err := check(path, info); err != nil {
		return nil, err
	}
	return readAll(f, path, info.Size(), limit)
}

func readAll(f *os.File, path string, size, limit int64) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(int(min(size, limit)) + bytes.MinRead) // the whole file and its end in one read each
	n, err := buf.ReadFrom(io.LimitReader(f, limit+1))
	if n > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: ErrTooBig}
	}
	return buf.Bytes(), err
}
