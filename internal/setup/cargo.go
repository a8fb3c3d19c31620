package setup

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
	"github.com/pelletier/go-toml/v2"
)

// planCargo names fob for each registry whose index lies on a host of the profiles. Cargo gives a provider no words of its own to be
// started with, and so it has a link to itself.
func planCargo(_ context.Context, j *job) error {
	hosts, err := j.hosts()
	if err != nil {
		return err
	}
	path, err := j.cargoFile()
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	names, err := registries(text, hosts)
	if err != nil {
		return &FileError{path, err}
	}
	if len(names) == 0 {
		j.warn(path + ": no registry has its index on a host of a profile")
		return nil
	}
	provider := "[" + strconv.Quote(filepath.ToSlash(j.privateLink("cargo-credential-fob"))) + "]"
	for _, name := range names {
		e := entry{"toml", []string{"registries", name, "credential-provider"}, provider}
		if err := j.cargoConflict(path, text, e); err != nil {
			return err
		}
		if err := j.want(path, e); err != nil {
			return err
		}
	}
	return nil
}

// cargoFile is the one that cargo reads for this user: config, without an ending, comes first where both are there.
func (j *job) cargoFile() (string, error) {
	dir := j.Getenv("CARGO_HOME")
	if dir == "" {
		var err error
		if dir, err = j.home(".cargo"); err != nil {
			return "", err
		}
	}
	if old := filepath.Join(dir, "config"); fileExists(old) {
		return old, nil
	}
	return filepath.Join(dir, "config.toml"), nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// registries are the names of those whose index lies on one of hosts, sorted.
func registries(text string, hosts []route.Pattern) ([]string, error) {
	var c struct {
		Registries map[string]struct{ Index string }
	}
	if toml.Unmarshal([]byte(text), &c) != nil {
		return nil, errNotTOML
	}
	var names []string
	for name, r := range c.Registries {
		target, err := route.ParseURL(strings.TrimPrefix(r.Index, "sparse+"))
		if err == nil && slices.ContainsFunc(hosts, func(h route.Pattern) bool { return h.Match(target) }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (j *job) cargoConflict(path, text string, e entry) error {
	variable := "CARGO_REGISTRIES_" + strings.ToUpper(strings.ReplaceAll(e.Path[1], "-", "_")) + "_CREDENTIAL_PROVIDER"
	if j.Getenv(variable) != "" {
		j.warn(variable + " is set: cargo does not look at " + path + " for it")
	}
	return j.tomlConflict(path, text, e)
}
