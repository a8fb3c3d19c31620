package doctor

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Holder finds who holds flock(2)'s lock on a file, in the list of proc_locks(5): "1: FLOCK ADVISORY WRITE 1234 08:01:131 0 EOF".
func Holder(path string) (pid, program string) {
	var st syscall.Stat_t
	f, err := os.Open("/proc/locks")
	if err != nil || syscall.Stat(path, &st) != nil {
		return "", ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) > 5 && words[1] == "FLOCK" && strings.HasSuffix(words[5], fmt.Sprintf(":%d", st.Ino)) {
			name, _ := os.ReadFile("/proc/" + words[4] + "/comm")
			return words[4], strings.TrimSpace(string(name))
		}
	}
	return "", ""
}
