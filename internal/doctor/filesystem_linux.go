package doctor

import (
	"fmt"
	"syscall"
)

// The numbers of statfs(2) that say something. Those of network file systems are remote.
var fileSystems = map[uint32]struct {
	name   string
	remote bool
}{
	0x6969:     {"NFS", true},
	0xff534d42: {"CIFS", true},
	0xfe534d42: {"SMB", true},
	0x517b:     {"SMB", true},
	0x01021997: {"9p", true},
	0x65735546: {"FUSE", true}, // sshfs and the like; what is local behind it looks the same
	0x5346414f: {"AFS", true},
	0x00c36400: {"Ceph", true},
	0x01021994: {"tmpfs", false},
	0x858458f6: {"ramfs", false},
	0x794c7630: {"overlayfs", false},
	0xef53:     {"ext4", false},
	0x9123683e: {"btrfs", false},
	0x58465342: {"xfs", false},
	0x2fc12fc1: {"zfs", false},
	0xf2f52010: {"f2fs", false},
}

// fileSystem says on what kind of one path lies, and whether other machines may share it.
func fileSystem(path string) (kind string, remote bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(path, &st) != nil {
		return "", false
	}
	fs, known := fileSystems[uint32(st.Type)]
	if !known {
		return fmt.Sprintf("type %#x", uint32(st.Type)), false
	}
	return fs.name, fs.remote
}
