package doctor

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
)

// fileChecks look at who may read and write what fob believes.
var fileChecks = []Check{
	{"files", checkFiles},
	{"directories", checkDirectories},
}

// private are the files that nobody else should read.
func (p *Patient) private() []string {
	var all []string
	if state, err := paths.State(p.getenv); err == nil && state != "" {
		for _, pattern := range []string{"tokens/*.rec", "stored/*.rec", "fleet/*/*.rec", "route"} {
			found, _ := filepath.Glob(filepath.Join(state, filepath.FromSlash(pattern)))
			all = append(all, found...)
		}
	}
	if data := paths.Data(p.getenv); data != "" {
		all = append(all, paths.SealingKey(data))
	}
	return all
}

// checkFiles finds files of fob's own that others may read, or that are not this user's: those are not believed.
func checkFiles(_ context.Context, p *Patient) Results {
	var bad Results
	for _, path := range p.private() {
		info, err := os.Lstat(path)
		if err != nil {
			continue
		}
		switch {
		case runtime.GOOS == "windows":
		case info.Mode()&fs.ModeSymlink != 0:
			bad = append(bad, fail(path+" is a symbolic link, which is not followed", command("rm", path))...)
		case !isOurs(info):
			bad = append(bad, fail(path+" is owned by someone else", chown(path))...)
		case info.Mode().Perm()&0o077 != 0:
			bad = append(bad, fail(path+" is open to "+readers(info.Mode()), command("chmod", "600", path))...)
		}
	}
	return orElse(bad, "what fob keeps is yours alone")
}

// checkDirectories finds directories in which somebody else could put a file in the place of one that fob believes.
func checkDirectories(_ context.Context, p *Patient) Results {
	var bad Results
	seen := make(map[string]bool)
	for _, path := range p.believed() {
		dir := filepath.Dir(path)
		info, err := os.Stat(dir)
		if err != nil || seen[dir] || info.Mode()&fs.ModeSticky != 0 {
			continue
		}
		seen[dir] = true
		if err := atomicfile.CheckTrusted(dir, info); err != nil {
			bad = append(bad, fail(err.Error()+": whoever may write there decides where your tokens go", command("chmod", "go-w", dir))...)
		}
	}
	return orElse(bad, "nobody else may write where they lie")
}

// believed are the files that decide where secrets go.
func (p *Patient) believed() []string {
	all := []string{p.Program}
	if p.Session != nil {
		for _, f := range p.Session.Config.Looked() {
			if f.Stamp != (route.Stamp{}) {
				all = append(all, f.Path)
			}
		}
	}
	if data := paths.Data(p.getenv); data != "" {
		all = append(all, paths.SealingKey(data))
	}
	return all
}
