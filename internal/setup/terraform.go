package setup

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// planTerraform names the helper in the settings of Terraform and OpenTofu, which look for it among their plugins. They know one helper for all hosts.
func planTerraform(_ context.Context, j *job) error {
	hosts, err := j.hosts()
	if err != nil {
		return err
	}
	files, dir, err := j.terraformPlaces()
	if err != nil {
		return err
	}
	args := "[]"
	if name := j.single(); name != "" {
		args = `["--profile", ` + strconv.Quote(name) + `]`
	}
	e := entry{"hcl", []string{"credentials_helper"}, "\"fob\" {\n  args = " + args + "\n}"}
	for _, path := range files {
		if err := j.terraformHelper(path, e, hosts); err != nil {
			return err
		}
	}
	j.terraformShadows(filepath.Join(dir, "credentials.tfrc.json"), hosts)
	j.linkAt(filepath.Join(dir, "plugins", "terraform-credentials-fob"+exe))
	return nil
}

// terraformPlaces are the files of settings and the directory of plugins: Terraform's, and OpenTofu's where it has others.
func (j *job) terraformPlaces() (files []string, dir string, err error) {
	rc, tofurc, xdg, err := j.terraformNames()
	if err != nil {
		return nil, "", err
	}
	dir = filepath.Join(filepath.Dir(rc), strings.TrimSuffix(strings.TrimSuffix(filepath.Base(rc), "rc"), ".")+".d")
	if !fileExists(dir) && fileExists(xdg) { // made now, it would hide OpenTofu's own
		dir = xdg
	}
	file, other := j.Getenv("TF_CLI_CONFIG_FILE"), filepath.Join(xdg, "tofurc")
	switch {
	case file != "":
		return []string{file}, dir, nil
	case fileExists(tofurc):
		return []string{rc, tofurc}, dir, nil
	case !fileExists(rc) && fileExists(other): // the same
		return []string{other}, dir, nil
	}
	return []string{rc}, dir, nil
}

// terraformNames are the files of settings in home, and the directory that OpenTofu may have elsewhere. xdg: empty, there is none.
func (j *job) terraformNames() (rc, tofurc, xdg string, err error) {
	if dir := j.Getenv("APPDATA"); runtime.GOOS == "windows" {
		return filepath.Join(dir, "terraform.rc"), filepath.Join(dir, "tofu.rc"), "", nil
	}
	if dir := j.Getenv("XDG_CONFIG_HOME"); dir != "" {
		xdg = filepath.Join(dir, "opentofu")
	}
	rc, err = j.home(".terraformrc")
	return rc, filepath.Join(filepath.Dir(rc), ".tofurc"), xdg, err
}

func (j *job) terraformHelper(path string, e entry, hosts []route.Pattern) error {
	text, err := j.text(path)
	if err != nil {
		return err
	}
	items, err := parseHCL(text)
	if err != nil {
		return &FileError{path, err}
	}
	for _, it := range items {
		if it.key == "credentials" && len(it.labels) > 0 && on(hosts, "https://"+it.labels[0]) {
			j.warn(place(path, text, it.from) + ": credentials of " + it.labels[0] + " come before any helper's")
		}
	}
	if err := j.hclConflict(path, text, e); err != nil {
		return err
	}
	return j.want(path, e)
}

// hclConflict refuses to take over a key that says something else.
func (j *job) hclConflict(path, text string, e entry) error {
	items, err := parseHCL(text)
	if err != nil || j.wish.Replace {
		return nil // what does not parse is told when it is written
	}
	i := findHCL(items, e)
	if i < 0 {
		return nil
	}
	has := hclTokens(text[items[i].value:items[i].to])
	if slices.Equal(has, hclTokens(e.Value)) {
		return nil
	}
	words := slices.DeleteFunc(has, func(s string) bool { return !strings.HasPrefix(s, `"`) })
	return &ConflictError{path, lineNumber(text, items[i].from), e.String(), strings.Trim(append(words, "something else")[0], `"`)}
}

// terraformShadows tells of what Terraform takes before it asks a helper.
func (j *job) terraformShadows(path string, hosts []route.Pattern) {
	var kept struct{ Credentials map[string]any }
	if text, err := j.text(path); err == nil {
		json.Unmarshal([]byte(text), &kept)
	}
	for _, host := range slices.Sorted(maps.Keys(kept.Credentials)) {
		if on(hosts, "https://"+host) {
			j.warn(path + ": the token of " + host + " comes before any helper's: terraform logout " + host)
		}
	}
	for _, h := range hosts {
		name := "TF_TOKEN_" + strings.ReplaceAll(h.Host, ".", "_")
		for _, v := range []string{name, strings.ReplaceAll(name, "-", "__")} {
			if j.Getenv(v) != "" {
				j.warn(v + " is set: it comes before any helper's")
			}
		}
	}
}
