package setup

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// planPip has pip run a program called keyring, which is ours.
func planPip(_ context.Context, j *job) error {
	hosts, err := j.hosts()
	if err != nil {
		return err
	}
	path, err := j.pipFile()
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	e := entry{"ini", []string{"global", "keyring-provider"}, "subprocess"}
	for _, key := range []string{"keyring-provider", "keyring_provider"} {
		if err := j.iniConflict(path, text, entry{e.Format, []string{"global", key}, e.Value}); err != nil {
			return err
		}
	}
	j.keyringVariable("PIP_KEYRING_PROVIDER", path)
	j.indexUsers(path, text, hosts)
	j.keyringLink()
	return j.wantNew(path, text, e)
}

// pipFile is the user's file that pip config writes, or the one that takes its place.
func (j *job) pipFile() (string, error) {
	if path := j.Getenv("PIP_CONFIG_FILE"); path != "" {
		return path, nil
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(j.Getenv("APPDATA"), "pip", "pip.ini"), nil
	}
	dir, err := j.configDir()
	if err == nil && runtime.GOOS == "darwin" && !fileExists(filepath.Join(dir, "pip")) {
		dir, err = j.home(".config")
	}
	return filepath.Join(dir, "pip", "pip.conf"), err
}

// planUV is the same for uv.
func planUV(_ context.Context, j *job) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	path := j.Getenv("UV_CONFIG_FILE")
	if path == "" {
		dir, err := j.uvDir()
		if err != nil {
			return err
		}
		path = filepath.Join(dir, "uv", "uv.toml")
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	e := entry{"toml", []string{"keyring-provider"}, `"subprocess"`}
	if err := j.tomlConflict(path, text, e); err != nil {
		return err
	}
	j.keyringVariable("UV_KEYRING_PROVIDER", path)
	j.keyringLink()
	return j.wantNew(path, text, e)
}

// uvDir is the directory of uv's, and others', on every system but Windows.
func (j *job) uvDir() (string, error) {
	if runtime.GOOS == "windows" {
		return j.configDir()
	}
	if dir := j.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	return j.home(".config")
}

func (j *job) keyringVariable(name, path string) {
	if v := j.Getenv(name); v != "" && v != "subprocess" {
		j.warn(name + " is set, and comes before " + path)
	}
}

// indexUsers tells of indexes that name no user: pip asks no keyring about them.
func (j *job) indexUsers(path, text string, hosts []route.Pattern) {
	items, _ := iniFile{}.parse(text)
	for _, it := range items {
		if it.key != "index-url" && it.key != "extra-index-url" {
			continue
		}
		if slices.ContainsFunc(strings.Fields(text[it.from:it.to]), func(u string) bool { return on(hosts, u) }) {
			j.warn(place(path, text, it.from) + ": " + it.key + " names no user, and pip asks for none then: write https://oauth2@HOST/…")
		}
	}
}

// keyringLink puts a keyring into a directory of its own, which has to come before one that is installed, and calls that for all else.
func (j *job) keyringLink() {
	dir := filepath.Join(j.Data, "keyring")
	j.linkAt(filepath.Join(dir, "keyring"+exe))
	for _, d := range filepath.SplitList(j.Getenv("PATH")) {
		if sameDir(d, dir) {
			return
		}
		if fileExists(filepath.Join(d, "keyring"+exe)) {
			break
		}
	}
	j.warn(dir + " does not come first on PATH, where keyring is looked for: " + pathLine(dir))
}
