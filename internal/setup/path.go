package setup

import "runtime"

// pathLine is the line that puts dir on PATH.
func pathLine(dir string) string {
	if runtime.GOOS == "windows" {
		return `setx PATH "%PATH%;` + dir + `"`
	}
	return `export PATH="` + dir + `:$PATH"`
}

// exportLine is the line that sets a variable.
func exportLine(name, value string) string {
	if runtime.GOOS == "windows" {
		return `setx ` + name + ` "` + value + `"`
	}
	return `export ` + name + `=` + shellWord(value)
}
