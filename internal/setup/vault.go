package setup

import (
	"context"
	"path/filepath"
	"strconv"
)

// planVault and planBao name the token helper. Neither gives it words of its own, and so it has a link to itself.
func planVault(_ context.Context, j *job) error { return j.tokenHelper("VAULT", ".vault") }

func planBao(_ context.Context, j *job) error { return j.tokenHelper("BAO", ".bao") }

func (j *job) tokenHelper(prefix, name string) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	path := j.Getenv(prefix + "_CONFIG_PATH")
	if path == "" {
		var err error
		if path, err = j.home(name); err != nil {
			return err
		}
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	if j.Getenv(prefix+"_TOKEN") != "" {
		j.warn(prefix + "_TOKEN is set: it comes before any helper's")
	}
	e := entry{"hcl", []string{"token_helper"}, "= " + strconv.Quote(filepath.ToSlash(j.privateLink(j.linkName("vault"))))}
	if err := j.hclConflict(path, text, e); err != nil {
		return err
	}
	return j.want(path, e)
}
