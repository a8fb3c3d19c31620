package doctor

import (
	"slices"
	"syscall"
)

// fileSystem says on what kind of one path lies, and whether other machines may share it.
func fileSystem(path string) (kind string, remote bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(path, &st) != nil {
		return "", false
	}
	for _, c := range st.Fstypename {
		if c == 0 {
			break
		}
		kind += string(rune(byte(c)))
	}
	return kind, slices.Contains([]string{"nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse"}, kind)
}
