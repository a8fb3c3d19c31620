package route

import (
	"slices"
	"strings"
)

// Index is what fob-helper knows of the configuration: fob compiles it, and it is worth nothing unless it is [Index.Fresh]
// and the environment is [Plain].
type Index struct {
	Config   string    // the user's configuration file (paths.UserConfig), which is FOB_CONFIG where that is set; empty: none
	Seen     []Seen    // every file and directory that was looked at, those that were not there included
	Profiles []Profile // sorted by name
	Stored   []string  // tool and place of each that something is kept for ("git https://git.example"), sorted: for any other there is nothing
	Logins   []Login   // what docker login gave, for docker to list
}

// Login is a server, as docker names it, and who logged in there.
type Login struct{ Server, Username string }

// Seen is a file or directory and what it looked like when the configuration was read.
type Seen struct {
	Path string
	Stamp
}

// Stamp changes when a file or directory does. The zero Stamp is that of nothing.
type Stamp struct {
	Size  int64
	MTime int64  // nanoseconds since 1970
	Inode uint64 // 0 on Windows
}

// Fresh reports whether x still says what the configuration says: config, the user's file that is in force now, is the one
// it was compiled from, and stat (such as [Stat]) finds everything as it was.
func (x *Index) Fresh(config string, stat func(path string) (Stamp, error)) bool {
	return x.Config == config && !slices.ContainsFunc(x.Seen, func(s Seen) bool {
		now, err := stat(s.Path)
		return err != nil || now != s.Stamp
	})
}

// Plain reports whether no variable of environ, in the form of os.Environ, alters what the configuration files say. Those
// that do begin with FOB_, in any case of letters, since Windows knows no other; an empty one counts as unset.
func Plain(environ []string) bool {
	return !slices.ContainsFunc(environ, func(kv string) bool {
		name, value, _ := strings.Cut(kv, "=")
		return value != "" && len(name) >= 4 && strings.EqualFold(name[:4], "FOB_") && !harmless(name)
	})
}

// harmless reports whether a variable changes no profile: FOB_CONFIG is compared by [Index.Fresh].
func harmless(name string) bool {
	return strings.EqualFold(name, "FOB_CONFIG") || strings.EqualFold(name, "FOB_STATE") || strings.EqualFold(name, "FOB_LOG") ||
		strings.EqualFold(name, "FOB_BROWSER")
}
