package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// passedOn names the keyring that was run last. It is looked for behind that one, so that two that pass on to each other come to an end.
const passedOn = "KEYRING_BEHIND"

// next runs the keyring that PATH names behind this one, with the words that this one has no answer to. There need be none: then
// the service has no password.
func (a *app) next(args []string) int {
	path := a.nextKeyring()
	switch {
	case path == "" && len(args) > 0 && args[0] == "get":
		return 1
	case path == "":
		fmt.Fprintln(a.stderr, "fob: no other keyring on PATH")
		return 1
	}
	argv, environ := append([]string{path}, args...), append(slices.Clone(a.environ), passedOn+"="+path)
	if err := become(path, argv, environ); !errors.Is(err, errors.ErrUnsupported) {
		fmt.Fprintln(a.stderr, "fob: keyring not run:", err)
		return 1
	}
	cmd := exec.Cmd{Path: path, Args: argv, Env: environ, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr}
	if err := cmd.Run(); cmd.ProcessState == nil {
		fmt.Fprintln(a.stderr, "fob: keyring not run:", err)
		return 1
	}
	return status(cmd.ProcessState)
}

// nextKeyring is the first keyring in the absolute directories of PATH that is not this program by another name, or "".
func (a *app) nextKeyring() string {
	self := ownFiles()
	last, behind := a.getenv(passedOn), a.getenv(passedOn) == ""
	for _, dir := range filepath.SplitList(a.getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		path, err := exec.LookPath(filepath.Join(dir, "keyring"))
		switch {
		case err != nil:
		case path == last:
			behind = true
		case behind && !isOneOf(self, path):
			return path
		}
	}
	return ""
}

// ownFiles are this program and the fob-helper beside it.
func ownFiles() []fs.FileInfo {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	if resolved, err := filepath.EvalSymlinks(self); err == nil {
		self = resolved
	}
	var files []fs.FileInfo
	for _, path := range []string{self, filepath.Join(filepath.Dir(self), "fob-helper"+filepath.Ext(self))} {
		if info, err := os.Stat(path); err == nil {
			files = append(files, info)
		}
	}
	return files
}

func isOneOf(files []fs.FileInfo, path string) bool {
	info, err := os.Stat(path)
	return err == nil && slices.ContainsFunc(files, func(f fs.FileInfo) bool { return os.SameFile(f, info) })
}
