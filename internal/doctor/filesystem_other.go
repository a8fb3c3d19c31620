//go:build !linux && !darwin

package doctor

// fileSystem is not told.
func fileSystem(string) (kind string, remote bool) { return "", false }
