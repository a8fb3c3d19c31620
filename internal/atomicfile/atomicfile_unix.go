//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// closeToOthers leaves a directory alone that was meant for others too: root may have named /tmp.
func closeToOthers(dir string, info os.FileInfo) error {
	if info.Mode()&os.ModeSticky != 0 {
		return &UntrustedError{Path: dir, Reason: "shared with others"}
	}
	if err := checkOwn(dir, info); err != nil {
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
