package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/route"
)

// dockerConfig is what matters of docker's config.json, and of DOCKER_AUTH_CONFIG.
type dockerConfig struct {
	CredsStore  string                     `json:"credsStore"`
	CredHelpers map[string]string          `json:"credHelpers"`
	Auths       map[string]json.RawMessage `json:"auths"`
}

// parseDockerConfig reads either. Its error quotes nothing: there are passwords in it.
func parseDockerConfig(data []byte) (c dockerConfig, err error) {
	if json.Unmarshal(data, &c) != nil {
		return dockerConfig{}, errors.New("no JSON that docker knows")
	}
	return c, nil
}

// dockerPath is docker's own file.
func (p *Patient) dockerPath() string {
	if dir := p.getenv("DOCKER_CONFIG"); dir != "" {
		return filepath.Join(dir, "config.json")
	}
	return p.home(".docker", "config.json")
}

// checkDocker looks whom docker asks for the hosts of profiles, and for what hosts it asks fob.
func checkDocker(_ context.Context, p *Patient) Results {
	path := p.dockerPath()
	data, err := atomicfile.Read(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) || path == "" {
		return skip("docker has no configuration")
	}
	var c dockerConfig
	if err == nil {
		c, err = parseDockerConfig(data)
	}
	if err != nil {
		return fail(path+": "+err.Error(), edit(path, 1))
	}
	said, ours := p.dockerHelpers(path, c), 0
	for _, name := range c.CredHelpers {
		if name == "fob" {
			ours++
		}
	}
	said = append(said, p.dockerStore(path, c)...)
	said = append(said, p.dockerVariable(c)...)
	if ours == 0 && len(said) == 0 {
		return skip("docker asks fob for no host")
	}
	return orElse(said, "asks fob for "+count(ours, "registry"))
}

// dockerHelpers says what is wrong with the hosts that docker asks fob for.
func (p *Patient) dockerHelpers(path string, c dockerConfig) Results {
	var said Results
	for _, host := range slices.Sorted(maps.Keys(c.CredHelpers)) {
		name := c.CredHelpers[host]
		switch {
		case name != "fob":
			if p.serves(dockerURL(host)) {
				said = append(said, warn("docker asks "+name+" for "+host+", not fob ("+path+")", "fob setup docker --replace")...)
			}
		case p.runs("docker-credential-fob") != "":
			return fail("docker asks fob for "+host+", and "+p.runs("docker-credential-fob"), "fob setup docker")
		case p.Session != nil && !p.serves(dockerURL(host)):
			said = append(said, warn("docker asks fob for "+host+" ("+path+"), which is no host of any profile", edit(path, 1))...)
		}
	}
	return said
}

// dockerStore warns of a fob that docker asks for every registry there is.
func (p *Patient) dockerStore(path string, c dockerConfig) Results {
	if c.CredsStore != "fob" {
		return nil
	}
	return warn("credsStore is fob ("+path+"): docker login hands it every password, and builds ask it for every registry", "fob setup docker")
}

// dockerVariable warns of what comes before any helper.
func (p *Patient) dockerVariable(c dockerConfig) Results {
	value := p.getenv("DOCKER_AUTH_CONFIG")
	if value == "" {
		return nil
	}
	var said Results
	given, err := parseDockerConfig([]byte(value))
	if err != nil {
		return fail("DOCKER_AUTH_CONFIG: "+err.Error(), unset("DOCKER_AUTH_CONFIG"))
	}
	for _, host := range slices.Sorted(maps.Keys(given.Auths)) {
		if c.CredHelpers[host] == "fob" || p.serves(dockerURL(host)) {
			said = append(said, warn("DOCKER_AUTH_CONFIG says what docker shows "+host+": fob is not asked", unset("DOCKER_AUTH_CONFIG"))...)
		}
	}
	return said
}

// dockerURL is what docker calls a registry as a URL.
func dockerURL(host string) string {
	if strings.Contains(host, "://") {
		return host
	}
	name, _, _ := strings.Cut(host, ":")
	if route.Loopback(strings.Trim(name, "[]")) {
		return "http://" + host
	}
	return "https://" + host
}
