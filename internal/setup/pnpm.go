package setup

import (
	"context"
	"errors"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

var errTokenHelper = errors.New("pnpm takes no path with blanks, quotes, $, % or backquotes for a token helper, and that of fob has one")

// planPnpm names a token helper for each host. pnpm does not say what it asks for, and so each profile has a link to itself.
func planPnpm(_ context.Context, j *job) error {
	profiles, err := j.allowing("raw")
	if err != nil {
		return err
	}
	path, err := j.npmrc()
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		for _, h := range j.pnpmHosts(p) {
			if err := j.pnpmHelper(path, text, strings.TrimPrefix(url(h), "https:"), p.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// npmrc is the user's file: pnpm takes no helper from another.
func (j *job) npmrc() (string, error) {
	for _, name := range []string{"npm_config_userconfig", "NPM_CONFIG_USERCONFIG"} {
		if path := j.Getenv(name); path != "" {
			return path, nil
		}
	}
	return j.home(".npmrc")
}

func (j *job) pnpmHosts(p Profile) []route.Pattern {
	var hosts []route.Pattern
	for _, h := range p.Hosts {
		switch {
		case strings.HasPrefix(h.Host, "*."):
			j.warn("pnpm knows no patterns: " + h.String() + " is left out")
		case h.Scheme == "https":
			hosts = append(hosts, h)
		}
	}
	return hosts
}

func (j *job) pnpmHelper(path, text, registry, profile string) error {
	helper := j.privateLink("fob-pnpm-" + profile)
	if strings.ContainsAny(helper, " \t\"'$%`") {
		return errTokenHelper
	}
	j.pnpmShadows(path, text, registry)
	e := entry{"npmrc", []string{"", registry + "/:tokenHelper"}, helper}
	if err := j.iniConflict(path, text, e); err != nil {
		return err
	}
	return j.want(path, e)
}

func (j *job) pnpmShadows(path, text, registry string) {
	items, _ := iniFile{npm: true}.parse(text)
	for _, it := range items {
		if it.key == registry+"/:_authToken" || it.key == registry+"/:_auth" {
			j.warn(place(path, text, it.from) + ": " + it.key + " is set: it can come before fob")
		}
	}
}
