package paths

import (
	"runtime"
	"strings"
)

// Env looks variables up in a list such as os.Environ gives: the last one of a name counts, as for execve(2), and on Windows the
// case of its letters does not.
func Env(environ []string) Getenv {
	return func(name string) string {
		for i := len(environ) - 1; i >= 0; i-- {
			if k, v, _ := strings.Cut(environ[i], "="); k == name || runtime.GOOS == "windows" && strings.EqualFold(k, name) {
				return v
			}
		}
		return ""
	}
}
