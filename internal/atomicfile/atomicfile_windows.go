package atomicfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// A file that another process has open for reading cannot be replaced on Windows; readers are gone within microseconds.
const errSharingViolation = syscall.Errno(32)

func closeToOthers(string, os.FileInfo) error { return nil }

func rename(from, to string) error {
	var err error
	for wait := time.Millisecond; wait < time.Second; wait *= 2 {
		err = os.Rename(from, to)
		if !errors.Is(err, errSharingViolation) && !errors.Is(err, syscall.ERROR_ACCESS_DENIED) {
			return err
		}
		time.Sleep(wait)
	}
	return err
}

func syncDir(string) error { return nil } // NTFS journals the rename itself
