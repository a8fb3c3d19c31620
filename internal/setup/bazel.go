package setup

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// planBazel names the helper of each host in the user's file: the one of a workspace is everybody's. Bazel gives it no words of its own.
func planBazel(_ context.Context, j *job) error {
	hosts, err := j.hosts()
	if err != nil {
		return err
	}
	path, err := j.home(".bazelrc")
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	for _, name := range bazelHosts(hosts) {
		helper := shellWord(filepath.ToSlash(j.privateLink(j.linkName("bazel"))))
		line := "common --credential_helper=" + name + "=" + helper
		if err := j.bazelConflict(path, text, name, line); err != nil {
			return err
		}
		if err := j.want(path, entry{"lines", []string{name}, line}); err != nil {
			return err
		}
	}
	return nil
}

// bazelHosts are hosts as Bazel names them, without port and path, which the helper looks at itself. Of plain http it gets nothing.
func bazelHosts(hosts []route.Pattern) []string {
	var names []string
	for _, h := range hosts {
		if h.Scheme == "https" && !strings.Contains(h.Host, ":") && !slices.Contains(names, h.Host) {
			names = append(names, h.Host)
		}
	}
	return names
}

// bazelConflict refuses a host that has another helper. With --replace ours stands behind it: Bazel takes the last one.
func (j *job) bazelConflict(path, text, host, line string) error {
	for at, next := 0, 0; at < len(text) && !j.wish.Replace; at = next {
		next = nextLine(text, at)
		if strings.TrimSpace(text[at:next]) == line {
			continue
		}
		for _, word := range strings.Fields(text[at:next]) {
			if has, ok := strings.CutPrefix(strings.Trim(word, `"'`), "--credential_helper="+host+"="); ok {
				return &ConflictError{path, lineNumber(text, at), "helper of " + host, has}
			}
		}
	}
	return nil
}
