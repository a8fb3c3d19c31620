package setup

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// planDocker names fob for each host. It never sets credsStore, which would have docker login hand every password to it.
func planDocker(_ context.Context, j *job) error {
	dir := j.Getenv("DOCKER_CONFIG")
	if dir == "" {
		var err error
		if dir, err = j.home(".docker"); err != nil {
			return err
		}
	}
	if j.Getenv("DOCKER_AUTH_CONFIG") != "" {
		j.warn("DOCKER_AUTH_CONFIG is set: what it says of a host comes before any helper")
	}
	return j.credHelpers("docker", filepath.Join(dir, "config.json"))
}

// planPodman writes the file of podman, buildah and skopeo that outlives a reboot, which the one of podman login does not.
func planPodman(_ context.Context, j *job) error {
	path := j.Getenv("REGISTRY_AUTH_FILE")
	if path == "" {
		dir := j.Getenv("XDG_CONFIG_HOME")
		if dir == "" {
			var err error
			if dir, err = j.home(".config"); err != nil {
				return err
			}
		}
		path = filepath.Join(dir, "containers", "auth.json")
	}
	return j.credHelpers("podman", path)
}

func (j *job) credHelpers(tool, path string) error {
	hosts, err := j.plainHosts(tool)
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		helper := "fob"
		if name := j.claim(h); name != "" {
			helper += "-" + name
		}
		e := entry{"json", []string{"credHelpers", dockerServer(h)}, `"` + helper + `"`}
		if err := j.jsonConflict(path, text, e); err != nil {
			return err
		}
		if err := j.want(path, e); err != nil {
			return err
		}
		j.link("docker-credential-" + helper)
	}
	return nil
}

// dockerServer is what docker calls a host.
func dockerServer(h route.Pattern) string {
	if h.Host == "docker.io" || h.Host == "index.docker.io" {
		return "https://index.docker.io/v1/"
	}
	return strings.TrimPrefix(h.String(), "http://")
}

// jsonConflict refuses to take over a member that names another program.
func (j *job) jsonConflict(path, text string, e entry) error {
	root, err := parseJSON(text)
	if err != nil || j.wish.Replace {
		return nil // what does not parse is told when it is written
	}
	steps, at := root.find(e.Path)
	last := steps[len(steps)-1]
	if len(at) < len(e.Path) || compact(text[last.from:last.to]) == e.Value {
		return nil
	}
	has := "something else"
	json.Unmarshal([]byte(text[last.from:last.to]), &has)
	return &ConflictError{path, lineNumber(text, last.from), e.String(), program(has)}
}
