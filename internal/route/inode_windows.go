package route

import (
	"io/fs"
)

// inode would cost opening each file; a file swapped for another of the same size and time is not worth it.
func inode(fs.FileInfo) uint64 { return 0 }
