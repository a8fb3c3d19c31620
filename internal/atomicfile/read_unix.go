//go:build unix

package atomicfile

import (
	"bytes"
	"io/fs"
	"syscall"
)

const noFollow = syscall.O_NOFOLLOW

// file is an open one. It is no os.File, which would set up the poller for files that never block: more work than all else
// that reading them is.
type file struct {
	path string
	fd   int
}

// read never waits for the other end of a pipe.
func read(path string, limit int64, flags int, check func(string, *status) error) ([]byte, error) {
	f, err := open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC|flags)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(f.fd)
	st, err := f.status() // of what was opened: the name may mean something else by now
	if err != nil {
		return nil, err
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, &UntrustedError{Path: path, Reason: "not a regular file"}
	}
	if err := check(path, st); err != nil {
		return nil, err
	}
	return f.readAll(st.Size, limit)
}

func open(path string, flags int) (f file, err error) {
	f.path = path
	err = f.try("open", func() (err error) { f.fd, err = syscall.Open(path, flags, 0); return })
	return f, err
}

func (f file) status() (*status, error) {
	st := new(status)
	return st, f.try("stat", func() error { return syscall.Fstat(f.fd, st) })
}

func lstat(path string) (*status, error) {
	st := new(status)
	return st, file{path: path}.try("lstat", func() error { return syscall.Lstat(path, st) })
}

func (f file) readAll(size, limit int64) ([]byte, error) {
	data := make([]byte, 0, min(size, limit)+bytes.MinRead) // the whole file and its end in one read each
	for {
		n := 0
		err := f.try("read", func() (err error) { n, err = syscall.Read(f.fd, data[len(data):cap(data)]); return })
		if err != nil || n == 0 {
			return data, err
		}
		data = data[:len(data)+n]
		if int64(len(data)) > limit {
			return nil, &fs.PathError{Op: "read", Path: f.path, Err: ErrTooBig}
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)] // it has grown meanwhile
		}
	}
}

// try calls a system call until no signal interrupts it.
func (f file) try(op string, call func() error) error {
	for {
		switch err := call(); err {
		case nil:
			return nil
		case syscall.EINTR:
		default:
			return &fs.PathError{Op: op, Path: f.path, Err: err}
		}
	}
}
