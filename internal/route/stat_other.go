//go:build !linux

package route

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Stat returns the stamp of what path names, links followed: the zero Stamp if there is nothing.
func Stat(path string) (Stamp, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return Stamp{}, nil
	}
	if err != nil {
		return Stamp{}, err
	}
	return Stamp{Size: info.Size(), MTime: info.ModTime().UnixNano(), Inode: inode(info)}, nil
}
