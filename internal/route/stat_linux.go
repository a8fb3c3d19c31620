package route

import "syscall"

// Stat returns the stamp of what path names, links followed: the zero Stamp if there is nothing. It goes without os.Stat, since
// fob-helper calls it on every file there is or could be.
func Stat(path string) (Stamp, error) {
	var st syscall.Stat_t
	for {
		switch err := syscall.Stat(path, &st); err {
		case nil:
			return Stamp{Size: st.Size, MTime: st.Mtim.Nano(), Inode: st.Ino}, nil
		case syscall.ENOENT, syscall.ENOTDIR:
			return Stamp{}, nil
		case syscall.EINTR:
		default:
			return Stamp{}, err
		}
	}
}
