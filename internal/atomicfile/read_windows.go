package atomicfile

import (
	"bytes"
	"io"
	"io/fs"
	"os"
)

// noFollow has no counterpart among Windows' open flags; open looks at the name instead.
const noFollow = 1 << 30

func read(path string, limit int64, flags int, check func(string, *status) error) ([]byte, error) {
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
	if err := check(path, &status{info}); err != nil {
		return nil, err
	}
	return readAll(f, path, info.Size(), limit)
}

func open(path string, flags int) (*os.File, error) {
	if flags&noFollow != 0 {
		info, err := os.Lstat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, &UntrustedError{Path: path, Reason: "not a regular file"}
		}
	}
	return os.Open(path)
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
