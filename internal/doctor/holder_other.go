//go:build !linux

package doctor

// Holder is not told by this system.
func Holder(string) (pid, program string) { return "", "" }
