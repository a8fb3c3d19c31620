package doctor

import (
	"cmp"
	"context"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/route"
)

// Order is whom a tool asks for a URL before it asks a person, the first one first. ok is false for a tool of which that is not known here.
func (p *Patient) Order(ctx context.Context, tool, url string) (names []string, ok bool) {
	target, err := route.ParseURL(url)
	if err != nil {
		return nil, false
	}
	switch tool {
	case "git":
		return p.gitOrder(ctx, target), p.has("git")
	case "docker":
		return p.dockerOrder(target), true
	case "goauth":
		return p.goOrder(ctx), p.has("go")
	case "kubernetes":
		return p.kubeOrder(target), true
	}
	return nil, false
}

func (p *Patient) gitOrder(ctx context.Context, t route.Target) (names []string) {
	all, _ := p.gitHelpers(ctx)
	for _, g := range asked(all, route.Pattern(t)) {
		names = append(names, g.name()+" ("+g.origin+")")
	}
	return names
}

// dockerOrder: what DOCKER_AUTH_CONFIG says comes first, then a helper for the host, then the one for all, then what lies in the file.
func (p *Patient) dockerOrder(t route.Target) (names []string) {
	server := strings.TrimPrefix(strings.TrimPrefix(t.String(), "https://"), "http://")
	host, _, _ := strings.Cut(server, "/")
	given, _ := parseDockerConfig([]byte(p.getenv("DOCKER_AUTH_CONFIG")))
	if _, is := given.Auths[host]; is {
		names = append(names, "DOCKER_AUTH_CONFIG")
	}
	path := p.dockerPath()
	data, err := atomicfile.Read(path, maxFile)
	if err != nil {
		return names
	}
	c, _ := parseDockerConfig(data)
	if name := cmp.Or(c.CredHelpers[host], c.CredsStore); name != "" {
		return append(names, "docker-credential-"+name+" ("+path+")")
	}
	if _, is := c.Auths[host]; is {
		names = append(names, "auths of "+path)
	}
	return names
}

func (p *Patient) goOrder(ctx context.Context) (names []string) {
	for _, words := range goCommands(p.goauth(ctx)) {
		names = append(names, words[0])
	}
	return names
}

// kubeOrder is the plugin of the first context whose cluster is at t.
func (p *Patient) kubeOrder(t route.Target) (names []string) {
	for _, path := range p.kubeconfigs() {
		k, _ := p.kubeconfig(path)
		for _, user := range k.usersOf(t) {
			names = append(names, user+" ("+path+")")
		}
	}
	return names
}

// usersOf are the programs, or the words "user NAME", that contexts have for the server t.
func (k kubeconfig) usersOf(t route.Target) (names []string) {
	for _, c := range k.Contexts {
		for _, cluster := range k.Clusters {
			server, err := route.ParseURL(cluster.Cluster.Server)
			if err != nil || cluster.Name != c.Context.Cluster || server.Host != t.Host || server.Port != t.Port {
				continue
			}
			name := "user " + c.Context.User
			for _, u := range k.Users {
				if u.Name == c.Context.User && u.User.Exec != nil {
					name = u.User.Exec.Command
				}
			}
			names = append(names, name)
		}
	}
	return names
}
