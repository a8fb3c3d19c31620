//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

func closeToOthers(dir string, info os.FileInfo) error {
	if err := checkOwner(dir, info, os.Geteuid(), os.Geteuid()); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

func rename(from, to string) error { return os.Rename(from, to) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot
		return err
	}
	return nil
}
