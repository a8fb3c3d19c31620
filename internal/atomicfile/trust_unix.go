//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

const noFollow = syscall.O_NOFOLLOW

// open never waits for the other end of a pipe.
func open(path string, flags int) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|flags, 0)
}

// CheckTrusted returns an [UntrustedError] unless info is of a file that only the effective user or root can write, and
// that belongs to one of them.
func CheckTrusted(path string, info fs.FileInfo) error { return check(path, info, 0) }

func checkOwn(path string, info fs.FileInfo) error { return check(path, info, os.Geteuid()) }

func check(path string, info fs.FileInfo, other int) error {
	if err := checkOwner(path, info, os.Geteuid(), other); err != nil {
		return err
	}
	if st := info.Sys().(*syscall.Stat_t); othersWrite(info.Mode(), st.Uid, st.Gid) {
		return &UntrustedError{Path: path, Reason: "writable by others"}
	}
	return nil
}

// othersWrite reports whether anyone but the owner may write. A group whose number is its user's is that user's own, as most
// Linux systems make them, where files are born with mode 0664; root's is not.
func othersWrite(mode fs.FileMode, uid, gid uint32) bool {
	return mode&0o002 != 0 || mode&0o020 != 0 && (uid != gid || uid == 0)
}

func checkOwner(path string, info fs.FileInfo, owner, other int) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || (int(st.Uid) != owner && int(st.Uid) != other) {
		return &UntrustedError{Path: path, Reason: "owned by someone else"}
	}
	return nil
}
