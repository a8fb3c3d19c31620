package atomicfile

import (
	"io/fs"
	"os"
)

// noFollow has no counterpart among Windows' open flags; open looks at the name instead.
const noFollow = 1 << 30

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

// CheckTrusted believes every file: Windows keeps a user's profile and ProgramData from other users by inherited access
// lists, which have no mode bits to read.
func CheckTrusted(string, fs.FileInfo) error { return nil }

func checkOwn(string, fs.FileInfo) error { return nil }
