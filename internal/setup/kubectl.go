package setup

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
	"go.yaml.in/yaml/v3"
)

// kubeconfig is what setup has to know of a file of kubectl.
type kubeconfig struct {
	path     string
	root     *yaml.Node
	Clusters []struct {
		Name    string
		Cluster struct{ Server string }
	}
	Contexts []struct {
		Name    string
		Context struct{ Cluster, User string }
	}
}

// kubeUser is a user that setup adds, for the clusters on some hosts.
type kubeUser struct {
	name  string
	args  []string
	hosts []route.Pattern
}

// planKubectl adds a user, and gives it to the contexts of our clusters that have none. One that somebody has chosen stays, unless it is to be
// replaced.
func planKubectl(_ context.Context, j *job) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	files, err := j.kubeconfigs()
	if err != nil {
		return err
	}
	found := false
	for _, u := range j.kubeUsers() {
		clusters := clustersOn(files, u.hosts)
		if len(clusters) == 0 {
			continue
		}
		found = true
		if err := j.addKubeUser(files[0], u); err != nil {
			return err
		}
		if err := j.giveContexts(files, u, clusters); err != nil {
			return err
		}
	}
	if !found {
		j.warn(files[0].path + ": no cluster has its server on a host of a profile")
	}
	return j.checkKuberc()
}

// kubeconfigs are the files of KUBECONFIG, of which kubectl writes to the first.
func (j *job) kubeconfigs() ([]kubeconfig, error) {
	paths := slices.DeleteFunc(filepath.SplitList(j.Getenv("KUBECONFIG")), func(p string) bool { return !filepath.IsAbs(p) })
	if len(paths) == 0 {
		path, err := j.home(".kube", "config")
		if err != nil {
			return nil, err
		}
		paths = []string{path}
	}
	var files []kubeconfig
	for i, path := range paths {
		text, err := j.text(path)
		if err != nil && i > 0 { // such as the administrator's: what it says of clusters is not believed
			j.warn(err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		k := kubeconfig{path: path}
		if k.root, err = parseYAML(text); err == nil && k.root != nil && k.root.Decode(&k) != nil {
			err = errShape
		}
		if err != nil {
			return nil, &FileError{path, err}
		}
		files = append(files, k)
	}
	return files, nil
}

// kubeUsers is one user for all profiles, since kubectl tells which cluster it asks for, or one for each that is named.
func (j *job) kubeUsers() []kubeUser {
	var heal []string
	if j.wish.SelfHeal {
		heal = []string{"--self-heal"}
	}
	if len(j.wish.Profiles) == 0 {
		hosts, _ := j.hosts()
		return []kubeUser{{"fob", append([]string{"kubernetes"}, heal...), hosts}}
	}
	var users []kubeUser
	for _, p := range j.profiles {
		users = append(users, kubeUser{"fob-" + p.Name, append([]string{"kubernetes", "--profile", p.Name}, heal...), p.Hosts})
	}
	return users
}

// clustersOn are the names of the clusters whose server is one of hosts.
func clustersOn(files []kubeconfig, hosts []route.Pattern) []string {
	var names []string
	for _, k := range files {
		for _, c := range k.Clusters {
			target, err := route.ParseURL(c.Cluster.Server)
			if err == nil && slices.ContainsFunc(hosts, func(h route.Pattern) bool { return h.Match(target) }) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

func (j *job) addKubeUser(k kubeconfig, u kubeUser) error {
	lines := []string{
		"name: " + u.name, "user:", "  exec:", "    apiVersion: client.authentication.k8s.io/v1",
		"    command: " + strconv.Quote(j.Helper), "    args:",
	}
	for _, a := range u.args {
		lines = append(lines, "    - "+a)
	}
	lines = append(lines, "    interactiveMode: IfAvailable", "    provideClusterInfo: true")
	e := entry{"yaml", []string{"users", u.name}, strings.Join(lines, "\n")}
	_, users := member(k.root, "users")
	if n := named(users, u.name); n != nil && !holds(n, e.Value) {
		return &FileError{k.path, fmt.Errorf("line %d: there is another user %s", n.Line, u.name)}
	}
	return j.want(k.path, e)
}

// giveContexts has the contexts of these clusters use u.
func (j *job) giveContexts(files []kubeconfig, u kubeUser, clusters []string) error {
	for _, k := range files {
		for _, c := range k.Contexts {
			if !slices.Contains(clusters, c.Context.Cluster) || c.Context.User == u.name {
				continue
			}
			if c.Context.User != "" && !j.wish.Replace {
				j.warn("context " + c.Name + " keeps its user " + c.Context.User + ": --replace gives it " + u.name)
				continue
			}
			e := entry{"yaml", []string{"contexts", c.Name, "context", "user"}, u.name + "\n" + c.Context.User}
			if err := j.want(k.path, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkKuberc tells of a policy that keeps kubectl from running fob-helper. It is never loosened here: that is for whoever set it.
func (j *job) checkKuberc() error {
	path := j.Getenv("KUBERC")
	if path == "" {
		var err error
		if path, err = j.home(".kube", "kuberc"); err != nil {
			return err
		}
	}
	text, err := j.text(path)
	if err != nil {
		return nil // kubectl itself will say
	}
	var rc struct {
		Policy string                           `yaml:"credentialPluginPolicy"`
		Listed []struct{ Name, Command string } `yaml:"credentialPluginAllowlist"`
	}
	if yaml.Unmarshal([]byte(text), &rc) != nil {
		return nil
	}
	for _, l := range rc.Listed {
		if l.Name == j.Helper || l.Command == j.Helper || l.Name == "fob-helper" || l.Command == "fob-helper" {
			return nil
		}
	}
	if rc.Policy == "DenyAll" || rc.Policy == "Allowlist" {
		j.warn(path + ": credentialPluginPolicy is " + rc.Policy + ": kubectl will not run " + j.Helper)
	}
	return nil
}
