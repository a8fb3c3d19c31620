//go:build unix

package doctor

import (
	"io/fs"
	"os"
	"syscall"
)

// isOurs reports whether a file is the effective user's.
func isOurs(info fs.FileInfo) bool {
	st, known := info.Sys().(*syscall.Stat_t)
	return known && int(st.Uid) == os.Geteuid()
}
