//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// status is what the system says of a file.
type status = syscall.Stat_t

func isDir(st *status) bool  { return st.Mode&syscall.S_IFMT == syscall.S_IFDIR }
func isLink(st *status) bool { return st.Mode&syscall.S_IFMT == syscall.S_IFLNK }

// CheckTrusted returns an [UntrustedError] unless info is of a file that only the effective user or root can write, and
// that belongs to one of them.
func CheckTrusted(path string, info fs.FileInfo) error { return trusted(path, statusOf(info)) }

func checkOwn(path string, info fs.FileInfo) error { return own(path, statusOf(info)) }

// statusOf is nil for what no file system of this machine holds.
func statusOf(info fs.FileInfo) *status {
	st, _ := info.Sys().(*status)
	return st
}

func trusted(path string, st *status) error { return check(path, st, os.Geteuid(), 0) }

func own(path string, st *status) error {
	euid := os.Geteuid()
	return check(path, st, euid, euid)
}

func check(path string, st *status, owner, other int) error {
	if st == nil || int(st.Uid) != owner && int(st.Uid) != other {
		return &UntrustedError{Path: path, Reason: "owned by someone else"}
	}
	if othersWrite(fs.FileMode(st.Mode), st.Uid, st.Gid) {
		return &UntrustedError{Path: path, Reason: "writable by others"}
	}
	return nil
}

// othersWrite reports whether anyone but the owner may write. A group whose number is its user's is that user's own, as most
// Linux systems make them, where files are born with mode 0664; root's is not.
func othersWrite(mode fs.FileMode, uid, gid uint32) bool {
	return mode&0o002 != 0 || mode&0o020 != 0 && (uid != gid || uid == 0)
}
