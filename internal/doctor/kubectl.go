package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"go.yaml.in/yaml/v3"
)

// kubeconfig is what matters of one.
type kubeconfig struct {
	Clusters []struct {
		Name    string
		Cluster struct{ Server string }
	}
	Contexts []struct {
		Name    string
		Context struct{ Cluster, User string }
	}
	Users []struct {
		Name string
		User struct{ Exec *kubeExec }
	}
}

// kubeExec is a plugin as a kubeconfig names it.
type kubeExec struct {
	APIVersion         string   `yaml:"apiVersion"`
	Command            string   `yaml:"command"`
	Args               []string `yaml:"args"`
	InteractiveMode    string   `yaml:"interactiveMode"`
	ProvideClusterInfo bool     `yaml:"provideClusterInfo"`
}

// parseKubeconfig reads one. Its error quotes nothing: there are tokens and keys in it.
func parseKubeconfig(data []byte) (k kubeconfig, err error) {
	if yaml.Unmarshal(data, &k) != nil {
		return kubeconfig{}, errors.New("no YAML that kubectl knows")
	}
	return k, nil
}

func (p *Patient) kubeconfigs() []string {
	list := slices.DeleteFunc(filepath.SplitList(p.getenv("KUBECONFIG")), func(f string) bool { return !filepath.IsAbs(f) })
	if len(list) == 0 {
		list = append(list, p.home(".kube", "config"))
	}
	return list
}

// checkKubectl looks at the users of a kubeconfig that run fob, and at what kubectl may run at all.
func checkKubectl(_ context.Context, p *Patient) Results {
	var said Results
	var commands []string
	for _, path := range p.kubeconfigs() {
		k, err := p.kubeconfig(path)
		if err != nil {
			said = append(said, fail(path+": "+err.Error(), edit(path, 1))...)
			continue
		}
		for _, u := range k.Users {
			if e := u.User.Exec; e != nil && isFob(e.Command) {
				commands = append(commands, e.Command)
				said = append(said, p.judgeExec(path, u.Name, e)...)
			}
		}
		said = append(said, p.strayClusters(path, k)...)
	}
	if len(commands) == 0 && len(said) == 0 {
		return skip("no kubeconfig names fob")
	}
	said = append(said, p.kubePolicy(commands)...)
	return orElse(said, count(len(commands), "user")+" of a kubeconfig run fob")
}

// kubeconfig reads one. One that is not there is empty.
func (p *Patient) kubeconfig(path string) (kubeconfig, error) {
	data, err := atomicfile.Read(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return kubeconfig{}, nil
	}
	if err != nil {
		return kubeconfig{}, err
	}
	return parseKubeconfig(data)
}

// judgeExec says what is wrong with a user that runs fob.
func (p *Patient) judgeExec(path, user string, e *kubeExec) Results {
	program := e.Command
	if !filepath.IsAbs(program) && strings.ContainsAny(program, `/\`) {
		program = filepath.Join(filepath.Dir(path), program) // relative to the kubeconfig
	}
	const repair = "fob setup kubectl --replace"
	at := " (user " + user + " of " + path + ")"
	switch {
	case p.runs(program) != "":
		return fail("kubectl runs "+p.runs(program)+at, repair)
	case e.APIVersion != "client.authentication.k8s.io/v1" && e.APIVersion != "client.authentication.k8s.io/v1beta1":
		return fail("apiVersion "+e.APIVersion+" is none that kubectl and fob both know"+at, repair)
	case e.InteractiveMode == "" && e.APIVersion == "client.authentication.k8s.io/v1":
		return fail("interactiveMode is missing, which v1 demands"+at, repair)
	case !e.ProvideClusterInfo && !slices.Contains(e.Args, "--profile"):
		return warn("provideClusterInfo is not set: nobody tells fob for which cluster"+at, repair)
	}
	return nil
}

// strayClusters are those whose contexts ask fob, and whose server is no host of any profile.
func (p *Patient) strayClusters(path string, k kubeconfig) Results {
	servers, ours := make(map[string]string), make(map[string]bool)
	for _, c := range k.Clusters {
		servers[c.Name] = c.Cluster.Server
	}
	for _, u := range k.Users {
		ours[u.Name] = u.User.Exec != nil && isFob(u.User.Exec.Command)
	}
	var said Results
	for _, c := range k.Contexts {
		server := servers[c.Context.Cluster]
		if ours[c.Context.User] && server != "" && p.Session != nil && !p.serves(server) {
			said = append(said, warn("context "+c.Name+" asks fob for "+bare(server)+" ("+path+"), which is no host of any profile", edit(path, 1))...)
		}
	}
	return said
}

// bare is a URL, or a host, without what may be secret in it.
func bare(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		scheme, rest = "https", url
	}
	host := rest[:strings.IndexAny(rest+"/", "/?#")]
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:]
}

// kuberc is kubectl's word on what it may run (kuberc v1beta1).
type kuberc struct {
	Policy string                           `yaml:"credentialPluginPolicy"`
	Listed []struct{ Name, Command string } `yaml:"credentialPluginAllowlist"`
}

// kubePolicy says which of the commands kubectl will not run.
func (p *Patient) kubePolicy(commands []string) Results {
	path := p.getenv("KUBERC")
	if path == "" {
		path = p.home(".kube", "kuberc")
	}
	data, err := atomicfile.Read(path, maxFile)
	var rc kuberc
	if err != nil || yaml.Unmarshal(data, &rc) != nil || rc.Policy == "" || rc.Policy == "AllowAll" {
		return nil
	}
	var said Results
	for _, c := range slices.Compact(slices.Sorted(slices.Values(commands))) {
		listed := slices.ContainsFunc(rc.Listed, func(l struct{ Name, Command string }) bool { return l.Name == c || l.Command == c })
		if rc.Policy != "Allowlist" || !listed {
			said = append(said, fail("credentialPluginPolicy of "+path+" is "+rc.Policy+": kubectl does not run "+c,
				command("kubectl", "kuberc", "set", "--section", "credentialplugin", "--policy", "Allowlist", "--allowlist-entry", "command="+c))...)
		}
	}
	return said
}
