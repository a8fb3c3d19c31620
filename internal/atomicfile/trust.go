package atomicfile

import "errors"

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
	return read(path, limit, 0, anyone)
}

// ReadTrusted is Read for what decides where secrets go: the file must pass [CheckTrusted]. Links are followed, since
// people keep their configuration in a repository of its own, and what they point at is checked.
func ReadTrusted(path string, limit int64) ([]byte, error) {
	return read(path, limit, 0, trusted)
}

// ReadOwn is Read for what fob wrote itself: the last element of path must not be a link, the file must belong to the
// effective user, and nobody else may write it.
func ReadOwn(path string, limit int64) ([]byte, error) {
	return read(path, limit, noFollow, own)
}

// OwnDir returns an [UntrustedError] unless path is a directory of the effective user, itself no link, that nobody else may
// write. What [ReadOwn] reads in it is then what fob wrote.
func OwnDir(path string) error {
	st, err := lstat(path)
	if err != nil {
		return err
	}
	switch {
	case isLink(st):
		return &UntrustedError{Path: path, Reason: "a symbolic link"}
	case !isDir(st):
		return &UntrustedError{Path: path, Reason: "not a directory"}
	}
	return own(path, st)
}

func anyone(string, *status) error { return nil }
