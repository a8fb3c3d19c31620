package setup

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pelletier/go-toml/v2"
)

// planCodex gives fob to each provider of models whose base_url lies on a host of a profile.
func planCodex(_ context.Context, j *job) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	path, err := j.codexFile()
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	var c struct {
		Providers map[string]struct {
			URL string `toml:"base_url"`
		} `toml:"model_providers"`
	}
	if toml.Unmarshal([]byte(text), &c) != nil {
		return &FileError{path, errNotTOML}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Providers)) {
		if p, ok := j.rawFor("model provider "+name, c.Providers[name].URL); ok {
			if err := j.codexProvider(path, text, name, p.Name); err != nil {
				return err
			}
		}
	}
	if len(j.files) == 1 && len(j.files[0].entries) == 0 {
		j.warn(path + ": no provider of models has its base_url on a host of a profile")
	}
	return nil
}

func (j *job) codexFile() (string, error) {
	if dir := j.Getenv("CODEX_HOME"); dir != "" {
		return filepath.Join(dir, "config.toml"), nil
	}
	return j.home(".codex", "config.toml")
}

// codexOthers are the keys that Codex refuses beside a command.
var codexOthers = []string{"env_key", "experimental_bearer_token", "requires_openai_auth"}

// codexProvider writes the last key first: each is put below the head of their table.
func (j *job) codexProvider(path, text, name, profile string) error {
	items, err := parseTOML(text)
	if err != nil {
		return &FileError{path, err}
	}
	for _, key := range codexOthers {
		if i := findTOML(items, []string{"model_providers", name, key}, false); i >= 0 && text[items[i].from:items[i].to] != "false" {
			return &FileError{path, fmt.Errorf("line %d: beside %s Codex takes no program for model provider %s", lineNumber(text, items[i].line), key, name)}
		}
	}
	for _, kv := range [][2]string{
		{"refresh_interval_ms", "60000"}, // fob keeps the token itself
		{"timeout_ms", "15000"},
		{"args", `["raw", "--profile", ` + strconv.Quote(profile) + `]`},
		{"command", strconv.Quote(filepath.ToSlash(j.Helper))},
	} {
		e := entry{"toml", []string{"model_providers", name, "auth", kv[0]}, kv[1]}
		if err := j.tomlConflict(path, text, e); err != nil {
			return err
		}
		if err := j.want(path, e); err != nil {
			return err
		}
	}
	return nil
}
