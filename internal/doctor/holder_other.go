//go:build !linux

package doctor

// holder is not told by this system.
func holder(string) (pid, program string) { return "", "" }
